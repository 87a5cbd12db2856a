/** Texts as sets of word runs: how alike two are, and whether one holds a piece of another. */
import { sha256 } from '../../hash';
import { jaccard, minhashBands } from '../../text/near-duplicates';
import { ngrams } from '../../text/ngrams';
import { words } from '../../text/words';

const SHINGLE_WORDS = 3;
const LEAK_HASH_DIGITS = 16;

/** Runs of three words; a text of fewer is its own. */
export function shingles3(text: string): ReadonlySet<string> {
  return shinglesOf(text, SHINGLE_WORDS);
}

export function jaccard3(a: string, b: string): number {
  return jaccard(shingles3(a), shingles3(b));
}

/**
 * 16 hashes of 8 of the 128 minima each: texts of jaccard 0.8 share one with probability 0.95, of 0.5 with 0.06. The
 * place in the list is part of the hash.
 */
export function nearBands(shingles: ReadonlySet<string>): number[] {
  const narrow = minhashBands(shingles);
  // Two bands of four minima that are both equal are one of eight.
  return Array.from({ length: narrow.length / 2 }, (_, band) =>
    mix(Math.imul(narrow[2 * band]!, 0x9e3779b1) ^ narrow[2 * band + 1]!),
  );
}

/** Hashes of every run of `count` words, each once; of all words where there are fewer. None for a text without words. */
export function leakHashes(text: string, count: number): string[] {
  if (words(text).length === 0) return [];
  return [...shinglesOf(text, count)].map((run) => sha256(run).slice(0, LEAK_HASH_DIGITS));
}

function shinglesOf(text: string, count: number): ReadonlySet<string> {
  const tokens = words(text);
  return new Set(tokens.length < count ? [tokens.join(' ')] : ngrams(tokens, count));
}

function mix(value: number): number {
  const hash = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
