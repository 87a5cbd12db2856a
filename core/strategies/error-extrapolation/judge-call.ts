/** What a judge is asked about a row, and what its votes say. */
import { z } from 'zod';
import { answerF1, normalizeAnswer } from '../../metrics/answer-metrics';
import type { CallRequest, ChatCall, ModelFacts, Reply } from '../../calls';
import { randomFor } from '../../random';
import { askStructured, climbDown } from '../../structured-output';
import { estimateTokens } from '../../text/tokens';
import type { StructuredAnswer } from '../../structured-output';
import { asData, fillPrompt } from './fill-prompt';
import { asLabelAnswer, labelOrder, repeatsOrder } from './judge-labels';
import { exampleLines, labelLine, taskSlots, templateOf, withMaterial, writtenText } from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { JudgeVerdict, Texts, Variant } from './records';

const LABEL_TOKENS = 16;
const ANSWER_TOKENS = 32;
/** Braces and the name of the field. */
const JSON_TOKENS = 8;
/** Of a vote that would otherwise repeat an earlier one. */
const REPEAT_TEMPERATURE = 0.7;
/** From here on an answer is the wanted one. */
export const JUDGE_F1_MIN = 0.5;

export interface JudgedRow extends Texts {
  readonly label?: string | undefined;
}
export interface JudgeContext extends PromptContext {
  /** Labelled rows that are shown first. */
  readonly examples?: readonly (Texts & { readonly label?: string })[] | undefined;
}
export interface Verdict extends JudgeVerdict {
  /** Most votes are for the row's own label or answer. */
  readonly agreed: boolean;
  /** The label's id, or the normalised answer; empty where no majority was found. */
  readonly majority: string;
}

/** The first call of a vote, 0-based, or after replies of that vote its next one. */
export function judgeCall(
  context: JudgeContext,
  row: JudgedRow,
  vote: number,
  replies: readonly Reply[] = [],
): CallRequest {
  const answer = ask(context, judgeModel(context).model, row, vote, replies);
  if (!('call' in answer)) throw new TypeError(`vote ${vote} has its answer`);
  return answer.call;
}

/** The next call about a row, or the verdict: it is there as soon as the other votes cannot change it. */
export function judgeStep(
  context: JudgeContext,
  row: JudgedRow,
  given: readonly Reply[],
): { readonly call: CallRequest } | { readonly verdict: Verdict } {
  const { model, replies } = climbDown(judgeModel(context).model, given);
  let rest = replies;
  const votes: (string | undefined)[] = [];
  for (let vote = 0; vote < context.params.judgeVotes; vote += 1) {
    if (isDecided(context, row, votes)) break;
    const answer = ask(context, model, row, vote, rest);
    if ('call' in answer) return answer;
    votes.push('value' in answer ? answer.value : undefined);
    rest = rest.slice('value' in answer ? answer.replies : 2);
  }
  return { verdict: verdictOf(context, row, votes) };
}

/** The label a judged row is kept with; undefined where it is rejected. On a boundary the judge says what a text has become. */
export function judgedLabel(
  { variant, label }: { readonly variant: Variant; readonly label?: string | undefined },
  { agreed, majority }: Pick<Verdict, 'agreed' | 'majority'>,
): string | undefined {
  if (variant === 'boundary') return majority === '' ? undefined : majority;
  return agreed ? label : undefined;
}

function judgeModel({ models }: JudgeContext): { readonly role: string; readonly model: ModelFacts } {
  const role = models['judge'] === undefined ? 'generator' : 'judge';
  const model = models[role];
  if (model === undefined) throw new TypeError('the job has no model for role generator');
  return { role, model };
}

/** One vote through the ladder. A repeated request is drawn anew, and so is its correction. */
function ask(
  context: JudgeContext,
  model: ModelFacts,
  row: JudgedRow,
  vote: number,
  replies: readonly Reply[],
): StructuredAnswer<string> {
  const isQa = context.params.task.kind === 'extractive-qa';
  const { labels } = context.params.task;
  const base = isQa ? answerChat(context, row, vote) : labelChat(context, row, vote);
  const question = { base, name: 'verdict', model, role: judgeModel(context).role };
  const answer: StructuredAnswer<{ label: string } | { answer: string }> = isQa
    ? askStructured({ ...question, schema: ANSWER, replies })
    : askStructured({
        ...question,
        schema: z.object({ label: z.enum(labels.map(({ id }) => id)) }),
        replies: replies.map((reply) => ({ ...reply, text: asLabelAnswer(reply.text, labels) })),
      });
  if ('value' in answer) {
    const value = 'label' in answer.value ? answer.value.label : normalizeAnswer(answer.value.answer);
    return { value, replies: answer.replies };
  }
  if (!('call' in answer) || base.temperature === 0) return answer;
  return { call: { ...answer.call, redraw: 2 * vote + (replies.length > 0 ? 1 : 0) } };
}

const ANSWER: z.ZodType<{ answer: string }> = z.preprocess(
  (value) => (typeof value === 'string' ? { answer: value } : value),
  z.object({ answer: z.string() }),
);

function labelChat(context: JudgeContext, row: JudgedRow, vote: number): ChatCall {
  const { task } = context.params;
  const random = (n: number) => randomFor(0, 'judge', writtenText(task.kind, row), row.context ?? '', n);
  const ids = task.labels.map(({ id }) => id);
  const order = labelOrder(ids, vote, random);
  const lines = order.map((id) => {
    const { phrase, definition } = task.labels.find((label) => label.id === id)!;
    return phrase === id ? labelLine(id, definition) : labelLine(`${id} (${phrase})`, definition);
  });
  const longest = Math.max(...ids.map(estimateTokens));
  return {
    ...judgeChat(context, 'judge', {
      context: row.context === undefined ? undefined : asData(row.context),
      target: asData(writtenText(task.kind, row)),
      labels: lines.join('\n'),
    }),
    temperature: repeatsOrder(ids, vote, random) ? REPEAT_TEMPERATURE : 0,
    tokensMax: Math.max(LABEL_TOKENS, longest + JSON_TOKENS),
  };
}

function answerChat(context: JudgeContext, row: JudgedRow, vote: number): ChatCall {
  return {
    ...judgeChat(context, 'judge-qa', {
      context: asData(row.context ?? ''),
      question: asData(row.question ?? ''),
    }),
    temperature: vote === 0 ? 0 : REPEAT_TEMPERATURE,
    tokensMax: ANSWER_TOKENS,
  };
}

function judgeChat(
  context: JudgeContext,
  id: string,
  values: Readonly<Record<string, string | undefined>>,
): Pick<ChatCall, 'kind' | 'messages'> {
  const examples = exampleLines(context, context.examples ?? [], true);
  const slots = { ...taskSlots(context), examples, ...values };
  const system = withMaterial(fillPrompt(templateOf(context, 'judge-system'), slots));
  return {
    kind: 'chat',
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: fillPrompt(templateOf(context, id), slots) },
    ],
  };
}

/** The votes as they are counted: label ids, or for answers whether they agree. An unreadable one counts for none. */
function sidesOf(
  context: JudgeContext,
  row: JudgedRow,
  votes: readonly (string | undefined)[],
): Map<string, number> {
  const isQa = context.params.task.kind === 'extractive-qa';
  const sides = votes.map((vote) => (vote === undefined || !isQa ? vote : String(agreesWith(row, vote))));
  return countsOf(sides);
}

function countsOf(votes: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const vote of votes) if (vote !== undefined) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  return counts;
}

function agreesWith({ answers = [] }: JudgedRow, answer: string): boolean {
  return (
    answerF1(
      answer,
      answers.map(({ text }) => text),
    ) >= JUDGE_F1_MIN
  );
}

function isDecided(context: JudgeContext, row: JudgedRow, votes: readonly (string | undefined)[]): boolean {
  const { judgeVotes } = context.params;
  const most = Math.max(0, ...sidesOf(context, row, votes).values());
  return 2 * most > judgeVotes || 2 * (most + judgeVotes - votes.length) <= judgeVotes;
}

function verdictOf(context: JudgeContext, row: JudgedRow, votes: readonly (string | undefined)[]): Verdict {
  const sides = [...sidesOf(context, row, votes)];
  const [side] = sides.find(([, count]) => 2 * count > context.params.judgeVotes) ?? [];
  const counts = countsOf(votes);
  const verdict = { kind: 'llm', votes: Object.fromEntries(counts) } as const;
  if (context.params.task.kind !== 'extractive-qa')
    return { ...verdict, agreed: side !== undefined && side === row.label, majority: side ?? '' };
  const winners = [...counts].filter(([answer]) => String(agreesWith(row, answer)) === side);
  const majority = winners.reduce<[string, number]>(
    (best, one) => (one[1] > best[1] ? one : best),
    ['', 0],
  )[0];
  return { ...verdict, agreed: side === 'true', majority };
}
