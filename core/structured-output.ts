/**
 * Structured answers from any model: native JSON Schema, else JSON mode, else plain text; then parse and repair, then
 * one corrective retry. A format that the server refuses costs one free call and is one rung down. Pure: called again
 * with every reply, refusals included, so that a row takes the same way down when it is replayed.
 */
import { z } from 'zod';
import type { AnswerFormat, CallRequest, ChatCall, ChatMessage, ModelFacts, Reply } from './calls';
import type { Json } from './json';
import { parseLooseJson } from './text/repair-json';

/** How much of a bad answer is shown to the model again. */
export const BAD_ANSWER_CHARACTERS_MAX = 4_000;
const FAULT_CHARACTERS_MAX = 300;

export interface StructuredQuestion<T> {
  readonly base: ChatCall;
  /** Name of the schema, as providers want one. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly model: ModelFacts;
  readonly role: string;
  readonly replies: readonly Reply[];
}

/** The next call, or the value and how many replies it took, or why the last answer could not be read. */
export type StructuredAnswer<T> =
  | { readonly call: CallRequest }
  | { readonly value: T; readonly replies: number }
  | { readonly unparsable: string };

/** The formats of an answer, best first; without either, the schema stands in the prompt. */
const RUNGS = ['jsonSchema', 'jsonMode'] as const;

export interface Climbed {
  /** Without the formats that its server has refused. */
  readonly model: ModelFacts;
  /** Without the refusals. */
  readonly replies: readonly Reply[];
}

/** What is left of a model's formats after the refusals among a row's replies: each takes the best one away. */
export function climbDown(model: ModelFacts, replies: readonly Reply[]): Climbed {
  const answers = replies.filter(({ finish }) => finish !== 'format-refused');
  const refused = RUNGS.filter((rung) => model.capabilities.includes(rung)).slice(
    0,
    replies.length - answers.length,
  );
  const capabilities = model.capabilities.filter((one) => !refused.some((rung) => rung === one));
  return refused.length === 0
    ? { model, replies: answers }
    : { model: { ...model, capabilities }, replies: answers };
}

/**
 * Asks, corrects once, and reads. Of a row that asks several questions, `model` and `replies` are those that
 * {@link climbDown} gives for the whole row.
 */
export function askStructured<T>(given: StructuredQuestion<T>): StructuredAnswer<T> {
  const question = { ...given, ...climbDown(given.model, given.replies) };
  const [first, second] = question.replies;
  if (first === undefined) return { call: structuredCall(question) };
  const answer = parseStructured(first.text, question.schema);
  const refusals = given.replies.length - question.replies.length;
  if ('value' in answer) return { value: answer.value, replies: refusals + 1 };
  if (second === undefined) return { call: correctiveCall(question, first.text, answer.fault) };
  const corrected = parseStructured(second.text, question.schema);
  return 'value' in corrected
    ? { value: corrected.value, replies: refusals + 2 }
    : { unparsable: corrected.fault };
}

/** The question in the shape the model can take; `redraw` asks the same again. */
export function structuredCall<T>(question: Omit<StructuredQuestion<T>, 'replies'>, redraw = 0): CallRequest {
  return { role: question.role, request: shaped(question), ...(redraw === 0 ? {} : { redraw }) };
}

/** The answer as the schema's value, or the fault in a line. */
export function parseStructured<T>(text: string, schema: z.ZodType<T>): { value: T } | { fault: string } {
  const json = parseLooseJson(text);
  if (json === undefined)
    return { fault: text.trim() === '' ? 'the answer is empty' : 'the answer is not JSON' };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { value: parsed.data };
  const issue = parsed.error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? '' : `\`${issue.path.join('.')}\`: `;
  return { fault: `${at}${issue?.message ?? 'does not match the schema'}`.slice(0, FAULT_CHARACTERS_MAX) };
}

function correctiveCall<T>(question: StructuredQuestion<T>, bad: string, fault: string): CallRequest {
  const request = shaped(question);
  const messages: ChatMessage[] = [
    ...request.messages,
    { role: 'assistant', content: bad.slice(0, BAD_ANSWER_CHARACTERS_MAX) || '(no answer)' },
    {
      role: 'user',
      content: `That answer cannot be used: ${fault}. Answer again with the JSON value alone.`,
    },
  ];
  return { role: question.role, request: { ...request, messages }, redraw: 1 };
}

function shaped<T>({ base, name, schema, model }: Omit<StructuredQuestion<T>, 'replies'>): ChatCall {
  const jsonSchema = schemaOf(schema);
  if (model.capabilities.includes('jsonSchema')) {
    return { ...base, format: { type: 'json-schema', name, schema: jsonSchema } };
  }
  const format: AnswerFormat | undefined = model.capabilities.includes('jsonMode')
    ? { type: 'json' }
    : undefined;
  const instruction = `Answer with one JSON value that matches this JSON Schema, and nothing else:\n${JSON.stringify(jsonSchema)}`;
  return {
    ...base,
    messages: withSystem(base.messages, instruction),
    ...(format === undefined ? {} : { format }),
  };
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _dialect, ...jsonSchema } = z.toJSONSchema(schema) as Record<string, Json>;
  return jsonSchema;
}

function withSystem(messages: readonly ChatMessage[], instruction: string): ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: instruction }, ...messages];
  return [{ role: 'system', content: `${first.content}\n\n${instruction}` }, ...rest];
}
