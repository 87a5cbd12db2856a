/** A model's answer as the texts of a row, before anything is asked of them. */
import { parseStructured } from '../../structured-output';
import { sentences } from '../../text/sentences';
import type { Answer } from '../../students/student';
import { cleanText, withoutQuotes } from './clean-text';
import { outputModeOf } from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { TaskKind, Texts, WriteData } from './records';
import { contextOf, userBlock, writtenSchema } from './write-call';
import type { WriteSources } from './write-call';

export interface Unusable {
  readonly reason: string;
  readonly detail?: string;
}

/** Of questions, in the scripts that have a mark of their own. */
export const QUESTION_MARK = /[?？؟]/u;

/** Reads an answer by `params.parser`; reasons are `empty`, `unparsable` and `answer-missing`. */
export function parseWritten(
  context: PromptContext,
  data: WriteData,
  sources: WriteSources,
  text: string,
): { readonly texts: Texts } | Unusable {
  const raw = bareText(context, text);
  if (typeof raw !== 'string') return raw;
  const { kind } = context.params.task;
  const written =
    context.params.parser === 'raw' ? raw.trim() : cleaned(raw, kind, userBlock(context, data, sources));
  if (written === '') return { reason: 'empty', detail: 'nothing is left of the answer' };
  return withContext(kind, written, data, contextOf(sources) ?? '');
}

function bareText(context: PromptContext, text: string): string | Unusable {
  if (text.trim() === '') return { reason: 'empty', detail: 'the answer has no text' };
  if (outputModeOf(context) === 'plain') return text;
  const parsed = parseStructured(text.replace(/^\s*<think>[\s\S]*?<\/think>/u, ''), writtenSchema);
  return 'value' in parsed ? parsed.value.text : { reason: 'unparsable', detail: parsed.fault };
}

function cleaned(text: string, kind: TaskKind, prompt: string): string {
  const clean = cleanText(text, kind, prompt);
  if (kind === 'text') return clean;
  if (kind === 'extractive-qa') {
    const end = QUESTION_MARK.exec(clean);
    return end === null ? clean : clean.slice(0, end.index + 1);
  }
  const [line = ''] = clean.split('\n');
  return withoutQuotes(sentences(line)[0] ?? '');
}

function withContext(
  kind: TaskKind,
  written: string,
  data: WriteData,
  context: string,
): { readonly texts: Texts } | Unusable {
  if (kind === 'text') return { texts: { text: written } };
  if (kind === 'pair') return { texts: { context, target: written } };
  const answer = answerOf(data, context);
  if (answer === undefined)
    return {
      reason: 'answer-missing',
      detail: `the context does not hold ${JSON.stringify(data.predicted ?? '')}`,
    };
  return { texts: { context, question: written, answers: [answer] } };
}

/** The wanted answer; a contrast's is the span that was wrong before, where the context first has it. */
function answerOf({ variant, answer, predicted }: WriteData, context: string): Answer | undefined {
  if (variant !== 'contrast') return answer;
  const at = predicted === undefined || predicted === '' ? -1 : context.indexOf(predicted);
  if (at < 0) return undefined;
  return { text: predicted ?? '', start: Array.from(context.slice(0, at)).length };
}
