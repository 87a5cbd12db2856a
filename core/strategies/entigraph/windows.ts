/** Cuts a document into windows that overlap a little, at headings, else paragraphs, sentences, characters. */
import { sentenceSpans } from '../../text/sentences';
import { BYTES_PER_TOKEN, estimateTokens } from '../../text/tokens';

interface WindowSpan {
  readonly from: number;
  readonly to: number;
}

interface Limits {
  readonly tokensMax: number;
  readonly overlapTokens: number;
}

export function cutWindows(text: string, { tokensMax, overlapTokens }: Limits): WindowSpan[] {
  if (estimateTokens(text) <= tokensMax) return [{ from: 0, to: text.length }];
  // One token less for the rounding of two parts that are counted apart.
  const coreTokensMax = tokensMax - overlapTokens - 1;
  const cores: WindowSpan[] = [];
  let current: WindowSpan | undefined;
  for (const piece of pieces(text, { from: 0, to: text.length }, 0, coreTokensMax)) {
    if (current !== undefined && estimateTokens(text.slice(current.from, piece.to)) <= coreTokensMax) {
      current = { from: current.from, to: piece.to };
      continue;
    }
    if (current !== undefined) cores.push(current);
    current = piece;
  }
  if (current !== undefined) cores.push(current);
  return cores
    .filter(({ from, to }) => text.slice(from, to).trim() !== '')
    .map(({ from, to }) => ({ from: overlapStart(text, from, overlapTokens), to }));
}

type Split = (text: string) => number[];

/** Where parts begin, coarsest first. The first part begins at 0 and is not named. */
const SPLITS: readonly Split[] = [
  (text) => starts(text, /^(?:#{1,6} |(?:CHAPTER|Chapter|BOOK|PART|Part) [\dIVXLC]+)/gmu, 0),
  (text) => starts(text, /\n\s*\n/gu, 1),
  (text) => sentenceSpans(text).map(({ from }) => from),
];

function* pieces(text: string, span: WindowSpan, level: number, tokensMax: number): Generator<WindowSpan> {
  const part = text.slice(span.from, span.to);
  if (estimateTokens(part) <= tokensMax) {
    yield span;
    return;
  }
  const split = SPLITS[level];
  if (split === undefined) {
    yield* characterPieces(text, span, tokensMax);
    return;
  }
  let from = span.from;
  for (const start of [...split(part).filter((offset) => offset > 0), part.length]) {
    yield* pieces(text, { from, to: span.from + start }, level + 1, tokensMax);
    from = span.from + start;
  }
}

/** Last resort, for texts without sentences: never inside a surrogate pair. */
function* characterPieces(text: string, { from, to }: WindowSpan, tokensMax: number): Generator<WindowSpan> {
  const bytesMax = tokensMax * BYTES_PER_TOKEN;
  let start = from;
  let bytes = 0;
  for (let i = from; i < to;) {
    const character = String.fromCodePoint(text.codePointAt(i)!);
    const size = Buffer.byteLength(character);
    if (bytes + size > bytesMax) {
      yield { from: start, to: i };
      start = i;
      bytes = 0;
    }
    bytes += size;
    i += character.length;
  }
  yield { from: start, to };
}

/** Offsets of matches, or of their ends. */
function starts(text: string, pattern: RegExp, end: 0 | 1): number[] {
  return Array.from(text.matchAll(pattern), (match) => match.index + end * match[0].length);
}

/** Moves a window's start back over whole sentences, at most `tokens`. */
function overlapStart(text: string, from: number, tokens: number): number {
  if (from === 0 || tokens === 0) return from;
  const earliest = Math.max(0, from - tokens * BYTES_PER_TOKEN);
  const before = text.slice(earliest, from);
  // The first span may begin in the middle of a sentence.
  for (const span of sentenceSpans(before)) {
    const start = earliest + span.from;
    if (span.from > 0 && estimateTokens(text.slice(start, from)) <= tokens) return start;
  }
  return from;
}
