/** What the errors of a cluster have in common, in a model's words: what rows of variant `pattern` are asked for. */
import { z } from 'zod';
import type { CallRequest, ChatCall, Reply } from '../../calls';
import { askStructured } from '../../structured-output';
import { excerpt } from './excerpt';
import { asData, fillPrompt } from './fill-prompt';
import type { Unusable } from './parse-written';
import { generatorOf, phraseOf, taskSlots, templateOf, writingMessages, writtenText } from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { Texts } from './records';

export const DESCRIBE_ERRORS_MAX = 6;
const TEMPERATURE = 0.3;
const TOKENS_MAX = 400;
/** Six long contexts would fill a prompt; what misleads shows at the beginning too. */
const TEXT_CHARACTERS_MAX = 2_000;
const NAME_CHARACTERS_MAX = 100;
const PATTERN_CHARACTERS_MAX = 600;
const VARY_CHARACTERS_MAX = 100;
const VARY_MAX = 3;

export interface DescribedError extends Texts {
  readonly label?: string | undefined;
  /** The label id or the answer that the student gave instead. */
  readonly predicted: string;
}
export interface Pattern {
  readonly name: string;
  readonly pattern: string;
  readonly vary: readonly string[];
}

const line = (charactersMax: number): z.ZodType<string> =>
  z.preprocess(
    (value) => (typeof value === 'string' ? excerpt(value.trim(), charactersMax) : value),
    z.string().refine((text) => text !== '', 'expected a text'),
  );
const patternSchema: z.ZodType<Pattern> = z.object({
  name: line(NAME_CHARACTERS_MAX),
  pattern: line(PATTERN_CHARACTERS_MAX),
  vary: z.preprocess(
    (value) => (Array.isArray(value) ? value.slice(0, VARY_MAX) : value),
    z
      .array(line(VARY_CHARACTERS_MAX))
      .max(VARY_MAX)
      .refine((vary) => vary.length > 0, 'expected something to vary'),
  ),
});

/** The first call of a cluster. */
export function describeCall(context: PromptContext, errors: readonly DescribedError[]): CallRequest {
  const step = describeStep(context, errors, []);
  if (!('call' in step)) throw new TypeError('a description begins with a call');
  return step.call;
}

/** The next call of a cluster, or what its errors have in common, or why nobody can say. */
export function describeStep(
  context: PromptContext,
  errors: readonly DescribedError[],
  replies: readonly Reply[],
): { readonly call: CallRequest } | { readonly pattern: Pattern } | Unusable {
  if (replies.at(-1)?.finish === 'content-filter')
    return { reason: 'content-filtered', detail: 'the provider filtered the answer' };
  const answer = askStructured({
    base: describeChat(context, errors),
    name: 'pattern',
    schema: patternSchema,
    model: generatorOf(context),
    role: 'generator',
    replies,
  });
  if ('call' in answer) return answer;
  return 'value' in answer ? { pattern: answer.value } : { reason: 'unparsable', detail: answer.unparsable };
}

function describeChat(context: PromptContext, errors: readonly DescribedError[]): ChatCall {
  const shown = errors.slice(0, DESCRIBE_ERRORS_MAX).map((error, i) => errorLine(context, error, i + 1));
  const values = { ...taskSlots(context), errors: shown.join('\n') };
  return {
    kind: 'chat',
    messages: writingMessages(context, fillPrompt(templateOf(context, 'describe'), values)),
    temperature: TEMPERATURE,
    topP: context.params.topP,
    tokensMax: TOKENS_MAX,
  };
}

function errorLine(context: PromptContext, error: DescribedError, n: number): string {
  const { kind } = context.params.task;
  const before = error.context === undefined ? '' : `Context: ${clipped(error.context)} `;
  const text = clipped(writtenText(kind, error));
  if (kind === 'extractive-qa')
    return `${n}. ${before}${text} is answered by ${clipped(error.answers?.[0]?.text ?? '')}, the model said ${clipped(error.predicted)}.`;
  const label = error.label === undefined ? 'something else' : phraseOf(context, error.label);
  return `${n}. ${before}${text} is ${label}, taken for ${phraseOf(context, error.predicted)}.`;
}

function clipped(text: string): string {
  const cut = text.length <= TEXT_CHARACTERS_MAX ? text : `${excerpt(text, TEXT_CHARACTERS_MAX)}…`;
  return `<<<${asData(cut)}>>>`;
}
