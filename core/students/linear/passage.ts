/** A context as the reader of questions sees it: tokens, and the spans that may be an answer. */
import { sentenceSpans } from '../../text/sentences';
import { isUnspaced } from '../../text/words';
import { isFunctionWord } from './function-words';
import { hashOf } from './hashing';

export const SPAN_TOKENS_MAX = 8;

const TOKEN = /\p{N}+(?:[.,:]\p{N}+)+|[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|\S/gu;
const HAS_WORD = /[\p{L}\p{N}]/u;

/** Shapes of a token. */
const MARK = 0;
const NUMBER = 1;
const CAPITALISED = 2;
const CAPITALS = 3;
const LOWER = 4;
const MIXED = 5;

export interface Passage {
  readonly text: string;
  /** By token: hash of its lower-case form. */
  readonly hashes: Uint32Array;
  readonly shapes: Uint8Array;
  /** By token: its first unit, and the one after its last. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** By candidate: its first token, and the one after its last. Candidates stand in the order of the text. */
  readonly first: Uint32Array;
  readonly end: Uint32Array;
}

export function passageOf(text: string): Passage {
  const tokens = tokensOf(text);
  const shapes = Uint8Array.from(tokens, ({ form }) => shapeOf(form));
  const forms = tokens.map(({ form }) => lowerForm(form));
  const canEnd = Array.from(shapes, (shape, i) => shape !== MARK && !isFunctionWord(forms[i]!));
  const first: number[] = [];
  const end: number[] = [];
  for (const { begin, stop } of sentencesOf(text, tokens)) {
    for (let i = begin; i < stop; i += 1) {
      if (!canEnd[i]) continue;
      for (let j = i; j < Math.min(stop, i + SPAN_TOKENS_MAX); j += 1) {
        if (!canEnd[j]) continue;
        first.push(i);
        end.push(j + 1);
      }
    }
  }
  return {
    text,
    hashes: Uint32Array.from(forms, (form) => hashOf(form)),
    shapes,
    from: Uint32Array.from(tokens, ({ at }) => at),
    to: Uint32Array.from(tokens, ({ at, form }) => at + form.length),
    first: Uint32Array.from(first),
    end: Uint32Array.from(end),
  };
}

/**
 * The candidate that stands for the units [from, to): marks and function words at their ends are left out, as they are
 * when answers are compared. −1 where no candidate does.
 */
export function candidateAt(passage: Passage, from: number, to: number): number {
  let found = -1;
  for (let i = 0; i < passage.first.length; i += 1) {
    const begin = passage.first[i]!;
    const end = passage.end[i]!;
    if (passage.from[begin]! < from || passage.to[end - 1]! > to) continue;
    if (found < 0 || end - begin > passage.end[found]! - passage.first[found]!) found = i;
  }
  if (found < 0) return -1;
  // An answer that is longer than any candidate is none of them.
  const rest =
    tokensWithin(passage, from, passage.from[passage.first[found]!]!) +
    tokensWithin(passage, passage.to[passage.end[found]! - 1]!, to);
  return rest === 0 ? found : -1;
}

/** Text of a candidate. */
export function candidateText({ text, from, to, first, end }: Passage, candidate: number): string {
  return text.slice(from[first[candidate]!]!, to[end[candidate]! - 1]!);
}

/** Tokens in [from, to) that could begin an answer. */
function tokensWithin(passage: Passage, from: number, to: number): number {
  let count = 0;
  for (let i = 0; i < passage.from.length; i += 1) {
    if (passage.from[i]! < from || passage.to[i]! > to || passage.shapes[i] === MARK) continue;
    if (!isFunctionWord(lowerForm(passage.text.slice(passage.from[i], passage.to[i])))) count += 1;
  }
  return count;
}

export function lowerForm(form: string): string {
  return form.normalize('NFKC').toLowerCase().replaceAll('’', "'");
}

interface Token {
  readonly at: number;
  readonly form: string;
}

export function tokensOf(text: string): Token[] {
  if (!isUnspaced(text))
    return Array.from(text.matchAll(TOKEN), (match) => ({ at: match.index, form: match[0] }));
  const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
  return Array.from(segmenter.segment(text))
    .filter(({ segment }) => segment.trim() !== '')
    .map(({ index, segment }) => ({ at: index, form: segment }));
}

/** Runs of tokens that stand in one sentence. */
function* sentencesOf(text: string, tokens: readonly Token[]): Iterable<{ begin: number; stop: number }> {
  let begin = 0;
  for (const { to } of sentenceSpans(text)) {
    let stop = begin;
    while (stop < tokens.length && tokens[stop]!.at < to) stop += 1;
    yield { begin, stop };
    begin = stop;
  }
}

export function isWord(form: string): boolean {
  return HAS_WORD.test(form);
}

function shapeOf(form: string): number {
  if (!isWord(form)) return MARK;
  if (/^[\p{N}.,:-]+$/u.test(form)) return NUMBER;
  if (/^\p{Lu}[\p{Ll}\p{M}'’-]*$/u.test(form)) return CAPITALISED;
  if (/^[\p{Lu}\p{M}'’-]+$/u.test(form)) return CAPITALS;
  return /^[^\p{Lu}\p{N}]+$/u.test(form) ? LOWER : MIXED;
}
