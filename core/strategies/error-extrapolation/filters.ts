/** Whether a written text is kept, seen alone. The rules stand in their order; the first one that fails names the reason. */
import { normalizeAnswer } from '../../metrics/answer-metrics';
import { looksLikeRefusal } from '../../text/refusal';
import { sentences } from '../../text/sentences';
import { isUnspaced, words } from '../../text/words';
import { copiedPersonalData } from './copied-personal-data';
import { copyShare } from './copy-share';
import { excerpt } from './excerpt';
import { otherLanguage } from './other-language';
import { QUESTION_MARK } from './parse-written';
import { leaksPrompt } from './prompt-leak';
import { writtenText } from './prompt-task';
import type { PromptContext } from './prompt-task';
import type { Texts, WriteData } from './records';
import type { WriteSources } from './write-call';

/** How far a text may be outside the lengths of gold. */
const LENGTH_SLACK = 0.2;
/** Shorter texts do not show their language. */
const LANGUAGE_WORDS_MIN = 20;
const SENTENCE_WORDS_MIN = 2;
const DETAIL_CHARACTERS_MAX = 200;

export interface FilterContext extends PromptContext {
  /** Words of gold's texts at `params.lengthPercentiles`. */
  readonly lengths: { readonly min: number; readonly max: number };
}
export interface Refused {
  readonly reason: string;
  readonly detail: string;
}
interface Checked {
  readonly context: FilterContext;
  readonly data: WriteData;
  readonly sources: WriteSources;
  readonly texts: Texts;
  /** The field that the model wrote. */
  readonly written: string;
  readonly wordCount: number;
}
type Rule = (checked: Checked) => string | undefined;

const RULES: readonly (readonly [reason: string, rule: Rule])[] = [
  ['refusal', ({ written }) => (looksLikeRefusal(written) ? written : undefined)],
  ['prompt-leak', promptLeak],
  ['form', wrongForm],
  ['length', wrongLength],
  ['wrong-language', wrongLanguage],
  ['answer-shown', answerShown],
  ['answer-missing', answerMissing],
  ['source-copy', sourceCopy],
  ['personal-data', personalData],
];

export function checkWritten(
  context: FilterContext,
  data: WriteData,
  sources: WriteSources,
  texts: Texts,
): Refused | undefined {
  if (context.params.filters === 'off') return undefined;
  const written = writtenText(context.params.task.kind, texts);
  const checked = { context, data, sources, texts, written, wordCount: words(written).length };
  for (const [reason, rule] of RULES) {
    const detail = rule(checked);
    if (detail !== undefined) return { reason, detail: excerpt(detail, DETAIL_CHARACTERS_MAX) };
  }
  return undefined;
}

function promptLeak({ context, data, sources, written }: Checked): string | undefined {
  return leaksPrompt(context, data, sources, written) ? written : undefined;
}

function wrongForm({ context, written, wordCount }: Checked): string | undefined {
  const { kind } = context.params.task;
  if (kind === 'extractive-qa' && !QUESTION_MARK.test(written)) return `no question mark: ${written}`;
  if (kind === 'pair' && (sentences(written).length === 0 || wordCount < SENTENCE_WORDS_MIN))
    return `no sentence: ${written}`;
  return undefined;
}

function wrongLength({ context: { lengths }, wordCount }: Checked): string | undefined {
  const min = lengths.min * (1 - LENGTH_SLACK);
  const max = lengths.max * (1 + LENGTH_SLACK);
  if (wordCount >= min && wordCount <= max) return undefined;
  return `${wordCount} words; gold has ${lengths.min} to ${lengths.max}`;
}

function wrongLanguage({ context, written, wordCount }: Checked): string | undefined {
  if (wordCount <= LANGUAGE_WORDS_MIN) return undefined;
  const { language } = context.params.task;
  const other = otherLanguage(written, language);
  return other === undefined ? undefined : `the task is in "${language}", the text in "${other}"`;
}

function answerShown({ texts, written }: Checked): string | undefined {
  const shown = texts.answers?.find(({ text }) => holdsAnswer(written, text));
  return shown === undefined ? undefined : `the question holds its answer ${JSON.stringify(shown.text)}`;
}

function holdsAnswer(question: string, answer: string): boolean {
  const wanted = normalizeAnswer(answer);
  if (wanted === '') return false;
  const asked = normalizeAnswer(question);
  return isUnspaced(answer) ? asked.includes(wanted) : ` ${asked} `.includes(` ${wanted} `);
}

function answerMissing({ texts: { answers, context = '' } }: Checked): string | undefined {
  const missing = answers?.find(({ text }) => !context.includes(text));
  return missing === undefined ? undefined : `the context does not hold ${JSON.stringify(missing.text)}`;
}

function sourceCopy({ context, data, sources, written }: Checked): string | undefined {
  const { sourceCopyMax } = context.params;
  for (const source of shownTexts(context, sources)) {
    if (data.variant === 'contrast') {
      if (words(written).join(' ') === words(source).join(' ')) return 'the source itself';
      continue;
    }
    const share = copyShare(written, source);
    if (share > sourceCopyMax) return `share of copied words ${share.toFixed(4)}, at most ${sourceCopyMax}`;
  }
  return undefined;
}

function personalData({ context, sources, written }: Checked): string | undefined {
  const copied = copiedPersonalData(written, shownTexts(context, sources));
  return copied === undefined ? undefined : `${copied} copied from the source`;
}

/** Texts of the same kind that the prompt showed. A context is no such text: it stands in the row as it is. */
function shownTexts({ params: { task } }: FilterContext, { parent, examples }: WriteSources): string[] {
  return [...(parent === undefined ? [] : [parent]), ...examples].map((texts) =>
    writtenText(task.kind, texts),
  );
}
