/** Reasons why a text has its label: what seed rows are built on. */
import { z } from 'zod';
import type { CallRequest, ChatCall, Reply } from '../../calls';
import { askStructured, climbDown, parseStructured, structuredCall } from '../../structured-output';
import { looksLikeRefusal } from '../../text/refusal';
import { withoutQuotes } from './clean-text';
import { excerpt } from './excerpt';
import { asPhrase, fillPrompt } from './fill-prompt';
import type { Unusable } from './parse-written';
import { generatorOf, outputModeOf, phraseOf, taskSlots, templateOf, writingMessages } from './prompt-task';
import type { PromptContext } from './prompt-task';

/** Sides to look at, one a batch in turn, so that batches of a label differ. */
export const ANGLES = [
  'people',
  'quality',
  'time',
  'place',
  'feeling',
  'comparison',
  'detail',
  'consequence',
  'style',
  'cost',
] as const;
export const REASONS_PER_CALL = 10;
/** More than any call asks for: a small model may go on without end. */
const REASONS_READ_MAX = 20;
const REASON_TOKENS = 48;
const REASON_CHARACTERS_MAX = 300;
const DETAIL_CHARACTERS_MAX = 200;
const BULLET = /^(?:[-*•–]\s+|\(?\d{1,3}[.)]\s+)/u;
const ONE_A_LINE = 'One reason a line.';

export interface ReasonsAsked {
  /** A label's id. */
  readonly label: string;
  readonly n: number;
  readonly angle: string;
  readonly case?: string | undefined;
}

/** An emptiness that servers cannot forbid is checked here, a length that runs away is forbidden there. */
const reasonsSchema: z.ZodType<{ reasons: string[] }> = z.preprocess(
  (value) => {
    const given: unknown =
      typeof value === 'object' && value !== null && 'reasons' in value ? value.reasons : value;
    return { reasons: Array.isArray(given) ? given.slice(0, REASONS_READ_MAX) : given };
  },
  z.object({
    reasons: z
      .array(z.string())
      .max(REASONS_READ_MAX)
      .refine((reasons) => reasons.length > 0, 'expected at least one reason'),
  }),
);

/** The next call of a batch: the first one, one rung down after a refused format, or the corrective one. */
export function reasonsCall(
  context: PromptContext,
  asked: ReasonsAsked,
  replies: readonly Reply[] = [],
): CallRequest {
  const base = reasonsChat(context, asked);
  const redraw = replies.length;
  if (outputModeOf(context) === 'plain')
    return { role: 'generator', request: base, ...(redraw === 0 ? {} : { redraw }) };
  const model = generatorOf(context);
  const question = { base, name: 'reasons', schema: reasonsSchema, model, role: 'generator' };
  const answer = askStructured({ ...question, replies });
  return 'call' in answer ? answer.call : structuredCall(question, redraw);
}

function reasonsChat(context: PromptContext, { label, n, angle, case: kind }: ReasonsAsked): ChatCall {
  const { params } = context;
  const values = {
    ...taskSlots(context),
    n: String(n),
    label: phraseOf(context, label),
    case: kind === undefined ? undefined : asPhrase(kind),
    angle,
  };
  const prompt = fillPrompt(
    templateOf(context, params.style === 'paper' ? 'paper-reasons' : 'reasons'),
    values,
  );
  const plain = outputModeOf(context) === 'plain';
  return {
    kind: 'chat',
    messages: writingMessages(context, plain ? `${prompt} ${ONE_A_LINE}` : prompt),
    temperature: params.temperature,
    topP: params.topP,
    tokensMax: REASON_TOKENS * (n + 1),
  };
}

/** The reasons of an answer, JSON or one a line, each once; none where it cannot be read. */
export function parseReasons(text: string): string[] {
  const parsed = parseStructured(text, reasonsSchema);
  const given = 'value' in parsed ? parsed.value.reasons : linesOf(text);
  const reasons = given
    .map((reason) =>
      withoutQuotes(reason.trim().replace(BULLET, '').replaceAll('**', '')).replace(/[\s.;]+$/u, ''),
    )
    .filter((reason) => reason !== '' && reason.length <= REASON_CHARACTERS_MAX);
  return [...new Map(reasons.map((reason) => [reason.toLowerCase(), reason])).values()];
}

/** Lines that a model says something else with end in a colon, and a cut-off object begins with a brace. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => !/[:：]\s*$|^\s*[[{}\]`]/u.test(line));
}

/** The next call of a batch, or its reasons, or why there are none. */
export function reasonsStep(
  context: PromptContext,
  asked: ReasonsAsked,
  replies: readonly Reply[],
): { readonly call: CallRequest } | { readonly reasons: readonly string[] } | Unusable {
  const answers = climbDown(generatorOf(context), replies).replies;
  const reply = answers.at(-1);
  if (reply === undefined) return { call: reasonsCall(context, asked, replies) };
  if (reply.finish === 'content-filter')
    return { reason: 'content-filtered', detail: 'the provider filtered the answer' };
  if (reply.refused || looksLikeRefusal(reply.text))
    return { reason: 'refusal', detail: excerpt(reply.text, DETAIL_CHARACTERS_MAX) };
  const readable = outputModeOf(context) === 'plain' || 'value' in parseStructured(reply.text, reasonsSchema);
  if (!readable && answers.length === 1) return { call: reasonsCall(context, asked, replies) };
  const reasons = parseReasons(reply.text).slice(0, asked.n);
  if (reasons.length > 0) return { reasons };
  return reply.text.trim() === ''
    ? { reason: 'empty', detail: 'the answer has no text' }
    : { reason: 'unparsable', detail: 'the answer lists no reason' };
}
