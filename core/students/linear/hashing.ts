/** Hashes of words and of their combinations: features are numbers, and no string is built for a combination. */

/** Looked up once: it is called for every character. */
const { imul } = Math;

const FEATURE_BITS = 18;
export const FEATURES = 2 ** FEATURE_BITS;

/** FNV-1a over UTF-16 units. */
export function hashOf(text: string, from = 0, to = text.length): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i += 1) hash = imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A hash of two hashes in their order. */
export function mix(first: number, second: number): number {
  let hash = imul(first, 0x9e3779b1) ^ imul(second ^ (second >>> 15), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The feature that stands for a hash. */
export function featureOf(hash: number): number {
  return imul(hash ^ (hash >>> 16), 0x7feb352d) >>> (32 - FEATURE_BITS);
}
