/** Texts as vectors where no embedder is at hand: words and word pairs, hashed. */
import { ngrams } from '../../text/ngrams';
import { words } from '../../text/words';

/** Enough to tell kinds of errors apart, few enough for k-means over tens of thousands of them. */
const VECTOR_DIMENSIONS = 256;

/** A row of features, each index once; the Euclidean length is 1, or 0 for a text without words. */
export interface HashedWords {
  readonly indices: number[];
  readonly values: number[];
}

/** Words and pairs in `features` places; a count n has the value 1 + ln(n) before the row is scaled. */
export function hashedWords(text: string, features: number): HashedWords {
  const counts = new Map<number, number>();
  for (const token of tokensOf(text)) {
    const index = hash32(token) % features;
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const values = [...counts.values()].map((count) => 1 + Math.log(count));
  const length = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return { indices: [...counts.keys()], values: values.map((value) => value / length) };
}

/** A short dense vector of length 1. A sign by hash lets collisions cancel instead of adding up. */
export function hashedVector(text: string): number[] {
  const vector = Array<number>(VECTOR_DIMENSIONS).fill(0);
  for (const token of tokensOf(text)) {
    const hash = hash32(token);
    vector[(hash >>> 1) % VECTOR_DIMENSIONS]! += hash & 1 ? 1 : -1;
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value ** 2, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function tokensOf(text: string): string[] {
  const tokens = words(text);
  return [...tokens, ...ngrams(tokens, 2)];
}

/** FNV-1a over UTF-16 units, then mixed: its low bits alone are poor. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
