/** The whole way of a written row: its calls, its parser, its filters. The first fault in the specified order names the reason. */
import type { CallRequest, Reply } from '../../calls';
import { climbDown } from '../../structured-output';
import { looksLikeRefusal } from '../../text/refusal';
import { excerpt } from './excerpt';
import { checkWritten } from './filters';
import type { FilterContext } from './filters';
import { parseWritten } from './parse-written';
import type { Unusable } from './parse-written';
import { generatorOf, outputModeOf } from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { Texts, WriteData } from './records';
import { writeCall } from './write-call';
import type { WriteSources } from './write-call';

const DETAIL_CHARACTERS_MAX = 200;

export type Written = { readonly call: CallRequest } | { readonly texts: Texts } | Unusable;

/** The next call of a row, or its texts, or why it has none. */
export function writeStep(
  context: PromptContext & FilterContext,
  data: WriteData,
  sources: WriteSources,
  replies: readonly Reply[],
): Written {
  const answers = climbDown(generatorOf(context), replies).replies;
  const reply = answers.at(-1);
  if (reply === undefined) return { call: writeCall(context, data, sources, replies) };
  const unusable = faultOfReply(reply, context.params.filters === 'on');
  if (unusable !== undefined) return unusable;
  const parsed = parseWritten(context, data, sources, reply.text);
  if ('texts' in parsed) return checkWritten(context, data, sources, parsed.texts) ?? parsed;
  if (parsed.reason !== 'unparsable' || outputModeOf(context) === 'plain') return parsed;
  if (answers.length === 1) return { call: writeCall(context, data, sources, replies) };
  // Prose instead of JSON, twice: a refusal says more than a shape that is missing.
  const refusal = context.params.filters === 'on' && looksLikeRefusal(reply.text);
  return refusal ? { reason: 'refusal', detail: cut(reply.text) } : parsed;
}

/** What the provider says of its answer. That the model declined stands before an answer that is empty for it. */
function faultOfReply({ finish, refused, text }: Reply, filtersOn: boolean): Unusable | undefined {
  if (finish === 'content-filter')
    return { reason: 'content-filtered', detail: 'the provider filtered the answer' };
  if (refused && filtersOn) return { reason: 'refusal', detail: cut(text) };
  if (text.trim() === '') return { reason: 'empty', detail: 'the answer has no text' };
  if (finish === 'length' && filtersOn)
    return { reason: 'truncated', detail: `stopped by the token limit: ${cut(text)}` };
  return undefined;
}

function cut(text: string): string {
  return excerpt(text, DETAIL_CHARACTERS_MAX);
}
