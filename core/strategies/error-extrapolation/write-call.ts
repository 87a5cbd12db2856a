/** The calls that write a row, and the whole way from a row's data to its text or the reason why there is none. */
import { z } from 'zod';
import type { CallRequest, ChatCall, Reply } from '../../calls';
import { hashJson } from '../../hash';
import { askStructured, structuredCall } from '../../structured-output';
import { asData, asPhrase, fillPrompt } from './fill-prompt';
import type { SlotValues } from './fill-prompt';
import type { ErrorExtrapolationParams } from './params';
import {
  exampleLines,
  generatorOf,
  outputModeOf,
  phraseOf,
  taskSlots,
  templateOf,
  writingMessages,
  writtenText,
} from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { TaskKind, Texts, WriteData } from './records';

/** Where neither the job nor gold says how long an answer may be. */
export const OUTPUT_TOKENS_DEFAULT = 512;
/** Braces, the name of the field, escapes. */
const JSON_TOKENS = 24;
const HASH_CHARACTERS = 12;

export interface WriteSources {
  /** The row that is imitated. */
  readonly parent?: Texts | undefined;
  /** The context a seed row is written for. */
  readonly context?: Texts | undefined;
  readonly examples: readonly Texts[];
}

const KINDS: Readonly<Record<TaskKind, string>> = { text: 'text', pair: 'pair', 'extractive-qa': 'qa' };
const OTHER_APPROACH: Readonly<Record<TaskKind, string>> = {
  text: 'change topic, names, numbers and words',
  pair: 'keep context and label, but take another approach',
  'extractive-qa': 'keep context and answer, but take another approach',
};

/** A string, or an object with one string under another name, is read as what it means. */
export const writtenSchema: z.ZodType<{ text: string }> = z.preprocess(
  (value) => {
    if (typeof value === 'string') return { text: value };
    if (typeof value !== 'object' || value === null || 'text' in value) return value;
    const strings = Object.values(value).filter((member) => typeof member === 'string');
    return strings.length === 1 ? { text: strings[0] } : value;
  },
  z.object({ text: z.string() }),
);

/** Which template a row is written with. */
export function promptIdOf(
  { task, style }: ErrorExtrapolationParams,
  { variant }: Pick<WriteData, 'variant'>,
): string {
  const kind = KINDS[task.kind];
  if (style === 'paper' && variant === 'seed') return `paper-${kind}`;
  if (style === 'paper' && variant === 'near') return `paper-${kind}-near`;
  return variant === 'seed' ? `seed-${kind}` : variant;
}

/** Provenance: equal for rows that were asked for in the same words. */
export function promptHashOf(context: PromptContext, data: Pick<WriteData, 'variant'>): string {
  const { params } = context;
  const system = params.style === 'paper' ? '' : templateOf(context, 'system');
  return hashJson([system, templateOf(context, promptIdOf(params, data))]).slice(0, HASH_CHARACTERS);
}

/** The next call of a row: the first one, one rung down after a refused format, or the corrective one. */
export function writeCall(
  context: PromptContext,
  data: WriteData,
  sources: WriteSources,
  replies: readonly Reply[],
): CallRequest {
  const base = writeChat(context, data, sources);
  const redraw = replies.length;
  if (outputModeOf(context) === 'plain')
    return { role: 'generator', request: base, ...(redraw === 0 ? {} : { redraw }) };
  const question = {
    base,
    name: 'written',
    schema: writtenSchema,
    model: generatorOf(context),
    role: 'generator',
  };
  const answer = askStructured({ ...question, replies });
  return 'call' in answer ? answer.call : structuredCall(question, redraw);
}

function writeChat(context: PromptContext, data: WriteData, sources: WriteSources): ChatCall {
  const { params } = context;
  const tokens = params.outputTokensMax ?? context.outputTokensMax ?? OUTPUT_TOKENS_DEFAULT;
  return {
    kind: 'chat',
    messages: writingMessages(context, userBlock(context, data, sources)),
    temperature: params.temperature,
    topP: params.topP,
    tokensMax: outputModeOf(context) === 'json' ? tokens + JSON_TOKENS : tokens,
  };
}

export function userBlock(context: PromptContext, data: WriteData, sources: WriteSources): string {
  const values = { ...taskSlots(context), ...rowSlots(context, data, sources) };
  return fillPrompt(templateOf(context, promptIdOf(context.params, data)), values);
}

/** Slots whose values come from rows and from models; the rest are words of the instruction. */
export const DATA_SLOTS: ReadonlySet<string> = new Set([
  'case',
  'reasons',
  'examples',
  'context',
  'source',
  'answer',
  'otherCase',
  'predicted',
  'pattern',
  'vary',
]);

export function rowSlots(context: PromptContext, data: WriteData, sources: WriteSources): SlotValues {
  const { kind } = context.params.task;
  const isQa = kind === 'extractive-qa';
  const { parent } = sources;
  if (parent === undefined && data.variant !== 'seed' && data.variant !== 'pattern')
    throw new TypeError(`a row of variant ${data.variant} imitates another one, and got none`);
  const shown = contextOf(sources);
  if (shown === undefined && kind !== 'text') throw new TypeError(`a row of a ${kind} task needs a context`);
  const given = <T, R>(value: T | undefined, map: (value: T) => R): R | undefined =>
    value === undefined ? undefined : map(value);
  const phrase = (id: string): string => phraseOf(context, id);
  return {
    label: given(data.label, phrase),
    case: given(data.case, asPhrase),
    reasons: data.reasons.length === 0 ? undefined : data.reasons.map(reasonPhrase).join('; '),
    words: given(data.words, String),
    examples: exampleLines(context, sources.examples),
    context: kind === 'text' ? undefined : given(shown, asData),
    source: given(parent, (texts) => asData(writtenText(kind, texts))),
    answer: given(data.answer, ({ text }) => asData(text)),
    other: given(data.other, phrase),
    otherCase: given(data.case, asPhrase),
    // The wrong label is named as `other` where it is wanted; a wrong span is data.
    predicted: isQa ? given(data.predicted, asData) : undefined,
    pattern: given(data.pattern, ({ pattern }) => reasonPhrase(pattern)),
    vary: given(data.pattern, ({ vary }) => reasonPhrase(vary)),
    alpha: given(data.alpha, String),
    change: OTHER_APPROACH[kind],
  };
}

/** The context of the row: its parent's where there is one. */
export function contextOf({ parent, context }: WriteSources): string | undefined {
  return (parent ?? context)?.context;
}

/** The template's own full stop ends it. */
function reasonPhrase(text: string): string {
  return asPhrase(text).replace(/[\s.;]+$/u, '');
}
