/** A text as numbers that near-duplicates are found by: bands propose a pair, hashed word shingles decide. */
import { nearBands, shingles3 } from './word-shingles';

/** The smallest hashes of a text's shingles; texts with fewer are compared exactly. */
export const SKETCH_HASHES_MAX = 256;
const { imul } = Math;

export interface Sketch {
  /** Different hashes, ascending. */
  readonly hashes: Uint32Array;
  /** One number a band: two texts that share any are worth a comparison. */
  readonly bands: Uint32Array;
}

/** About 1 kB at most, whatever the text's length: 200,000 rows fit into memory. */
export function sketchOf(text: string): Sketch {
  const shingles = shingles3(text);
  const hashes = Uint32Array.from(new Set(Array.from(shingles, hash32))).sort();
  return { hashes: hashes.slice(0, SKETCH_HASHES_MAX), bands: Uint32Array.from(nearBands(shingles)) };
}

/** Jaccard similarity of two texts' shingles; an estimate where a sketch is full. */
export function sketchJaccard(a: Uint32Array, b: Uint32Array): number {
  const isWhole = a.length < SKETCH_HASHES_MAX && b.length < SKETCH_HASHES_MAX;
  const unionMax = isWhole ? Infinity : SKETCH_HASHES_MAX;
  let [i, j, common, union] = [0, 0, 0, 0];
  while (union < unionMax && (i < a.length || j < b.length)) {
    const [left, right] = [a[i] ?? Infinity, b[j] ?? Infinity];
    if (left === right) common += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
    union += 1;
  }
  return union === 0 ? 1 : common / union;
}

/** FNV-1a over UTF-16 units, then mixed: the smallest hashes must be a fair sample. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
