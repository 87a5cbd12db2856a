/** What a text looks like, and nothing of what it says: features by which no label should be told. */
import { words } from '../../text/words';

export const SURFACE_FEATURES = [
  'quotes',
  'end-mark',
  'case',
  'digits',
  'list-mark',
  'newline',
  'words',
  'characters',
  'opening-1',
  'opening-2',
  'opening-3',
  'label-phrase',
] as const;
export type SurfaceFeature = (typeof SURFACE_FEATURES)[number];

const OPENS = /^["'“”‘«»„`「『]/u;
const CLOSES = /["'”“’»«`」』][.!?。]?$/u;
const QUOTE_INSIDE = /["“”«»„「」『』]/u;
const CLOSING_MARKS = /["'”“’»«`」』)\]}*_\s]+$/u;
const LIST_MARK = /^\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?\p{Ll}\))\s/u;
const TITLE_WORDS_MIN = 3;

/** One value a feature. `labelPhrases` of all labels: which of them a text names must not depend on its own. */
export function surfaceFeatures(
  text: string,
  labelPhrases: readonly string[],
): Readonly<Record<SurfaceFeature, string>> {
  const trimmed = text.trim();
  const tokens = words(trimmed);
  return {
    quotes: quotesOf(trimmed),
    'end-mark': endMarkOf(trimmed),
    case: caseOf(trimmed),
    digits: upToTwo(trimmed.match(/\p{N}+/gu)?.length ?? 0),
    'list-mark': LIST_MARK.test(trimmed) ? 'yes' : 'no',
    newline: upToTwo(trimmed.match(/\n+/gu)?.length ?? 0),
    words: lengthBucket(tokens.length),
    characters: lengthBucket(trimmed.length),
    'opening-1': tokens.slice(0, 1).join(' '),
    'opening-2': tokens.slice(0, 2).join(' '),
    'opening-3': tokens.slice(0, 3).join(' '),
    'label-phrase': phrasesIn(tokens, labelPhrases),
  };
}

/** The bucket of a text's number of words: 1, 2–3, 4–7, 8–15 … */
export function wordBucket(text: string): string {
  return lengthBucket(words(text).length);
}

function lengthBucket(length: number): string {
  return String(length === 0 ? 0 : 2 ** Math.floor(Math.log2(length)));
}

function quotesOf(text: string): string {
  const [opens, closes] = [OPENS.test(text), text.length > 1 && CLOSES.test(text)];
  if (opens || closes) return opens && closes ? 'around' : opens ? 'opens' : 'closes';
  return QUOTE_INSIDE.test(text) ? 'inside' : 'none';
}

/** The mark under any closing quotes and brackets, which are features of their own. */
function endMarkOf(text: string): string {
  const bare = text.replace(CLOSING_MARKS, '');
  if (/(?:\.\.\.|…)$/u.test(bare)) return '…';
  return /\p{P}$/u.exec(bare)?.[0].normalize('NFKC') ?? 'none';
}

function caseOf(text: string): string {
  const letters = text.replace(/[^\p{Lu}\p{Ll}]/gu, '');
  if (letters === '') return 'none';
  if (!/\p{Ll}/u.test(letters)) return 'upper';
  if (!/\p{Lu}/u.test(letters)) return 'lower';
  const starts = text.match(/(?<![\p{L}\p{N}'’])\p{L}/gu) ?? [];
  if (starts.length >= TITLE_WORDS_MIN && starts.every((letter) => /\p{Lu}/u.test(letter))) return 'title';
  return /^\p{Lu}/u.test(letters) ? 'sentence' : 'mixed';
}

function upToTwo(count: number): string {
  return count < 2 ? String(count) : '2+';
}

function phrasesIn(tokens: readonly string[], phrases: readonly string[]): string {
  const text = ` ${tokens.join(' ')} `;
  const found = phrases.filter((phrase) => {
    const run = words(phrase).join(' ');
    return run !== '' && text.includes(` ${run} `);
  });
  return found.length === 0 ? 'none' : found.join(', ');
}
