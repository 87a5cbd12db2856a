/** Near-duplicates: MinHash in bands proposes pairs, the exact Jaccard of word shingles decides. */
import { ngrams } from './ngrams';
import { mulberry32 } from '../random';

/** Looked up once: it is called a hundred times per word. */
const { imul } = Math;

const SHINGLE_WORDS = 5;
const BANDS = 32;
const ROWS_PER_BAND = 4;
/** Fixed: signatures written by one process are compared in another. */
const MINHASH_SEED = 20_240_907;

/** Word shingles; a text shorter than one shingle is its own. */
export function shingles(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.length < SHINGLE_WORDS ? [words.join(' ')] : ngrams(words, SHINGLE_WORDS));
}

export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size > b.size) return jaccard(b, a);
  let common = 0;
  for (const item of a) if (b.has(item)) common += 1;
  const union = a.size + b.size - common;
  return union === 0 ? 1 : common / union;
}

/** One hash a band: two texts that share any band's hash are worth an exact comparison. */
export function minhashBands(set: ReadonlySet<string>): number[] {
  const permutations = permutationsOf();
  const minima = new Uint32Array(BANDS * ROWS_PER_BAND).fill(0xffffffff);
  for (const item of set) {
    const hash = hash32(item);
    for (let i = 0; i < minima.length; i += 1) {
      const value = finish(imul(hash, permutations[2 * i]!) ^ permutations[2 * i + 1]!);
      if (value < minima[i]!) minima[i] = value;
    }
  }
  return Array.from({ length: BANDS }, (_, band) => {
    let hash = band;
    for (let row = 0; row < ROWS_PER_BAND; row += 1) {
      hash = finish(imul(hash, 0x01000193) ^ minima[band * ROWS_PER_BAND + row]!);
    }
    return hash;
  });
}

function permutationsOf(): Uint32Array {
  const random = mulberry32(MINHASH_SEED);
  const values = new Uint32Array(2 * BANDS * ROWS_PER_BAND);
  // Odd multipliers are invertible, so no two shingles collide by the permutation.
  for (let i = 0; i < values.length; i += 1) values[i] = i % 2 === 0 ? random.next() | 1 : random.next();
  return values;
}

/** FNV-1a over UTF-16 units. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function finish(value: number): number {
  let hash = imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
