/** Answers of question answering, compared as SQuAD does: without case, marks and English articles. */
import { isUnspaced } from '../text/words';

/** The ASCII symbols that are no punctuation to Unicode count as marks too. */
const MARKS = /[\p{P}$+<=>^`|~]/gu;
const ARTICLES = /(?<![\p{L}\p{N}])(?:a|an|the)(?![\p{L}\p{N}])/gu;

/** What is left never vanishes by itself: the answer "A" stays "a", "+" stays "+". */
export function normalizeAnswer(text: string): string {
  const lower = squeeze(text.normalize('NFKC').toLowerCase());
  const bare = squeeze(lower.replace(MARKS, ''));
  return squeeze(bare.replace(ARTICLES, ' ')) || bare || lower;
}

/** 1 where the answer equals a reference after normalisation, else 0. */
export function answerExact(answer: string, references: readonly string[]): number {
  const normalized = normalizeAnswer(answer);
  return references.some((reference) => normalizeAnswer(reference) === normalized) ? 1 : 0;
}

/** F1 of the words that answer and reference share, with repetition; of the best reference. */
export function answerF1(answer: string, references: readonly string[]): number {
  const tokens = tokensOf(answer);
  return references.reduce((best, reference) => Math.max(best, overlapF1(tokens, tokensOf(reference))), 0);
}

function overlapF1(answer: readonly string[], reference: readonly string[]): number {
  if (answer.length === 0 || reference.length === 0) return answer.length === reference.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const token of reference) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of answer) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    common += 1;
  }
  return (2 * common) / (answer.length + reference.length);
}

/** Scripts without blanks are compared by character: how a segmenter cuts a short span is a matter of luck. */
function tokensOf(text: string): string[] {
  const normalized = normalizeAnswer(text);
  if (normalized === '') return [];
  return isUnspaced(normalized) ? Array.from(normalized.replaceAll(' ', '')) : normalized.split(' ');
}

function squeeze(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
