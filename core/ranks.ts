/** Pairs and triples by lexicographic rank, so that a tuple is a number and no list of all of them is ever made. */
import { mulberry32 } from './random';

type Pair = readonly [number, number];
type Triple = readonly [number, number, number];

export function pairCount(n: number): number {
  return n < 2 ? 0 : (n * (n - 1)) / 2;
}

export function tripleCount(n: number): number {
  return n < 3 ? 0 : (n * (n - 1) * (n - 2)) / 6;
}

/** The pair i < j of [0, n) with this rank: (0,1), (0,2), …, (n-2,n-1). */
export function unrankPair(rank: number, n: number): Pair {
  // Pairs before those that begin with i are pairCount(n) - pairCount(n - i).
  const i = largest(n - 2, (first) => pairCount(n) - pairCount(n - first) <= rank);
  return [i, i + 1 + rank - (pairCount(n) - pairCount(n - i))];
}

/** The triple i < j < k of [0, n) with this rank. */
export function unrankTriple(rank: number, n: number): Triple {
  const i = largest(n - 3, (first) => tripleCount(n) - tripleCount(n - first) <= rank);
  const [j, k] = unrankPair(rank - (tripleCount(n) - tripleCount(n - i)), n - i - 1);
  return [i, i + 1 + j, i + 1 + k];
}

export function rankPair([i, j]: Pair, n: number): number {
  return pairCount(n) - pairCount(n - i) + j - i - 1;
}

export function rankTriple([i, j, k]: Triple, n: number): number {
  return tripleCount(n) - tripleCount(n - i) + rankPair([j - i - 1, k - i - 1], n - i - 1);
}

/** Largest integer in [0, max] for which the predicate, true up to some point, holds. */
function largest(max: number, holds: (value: number) => boolean): number {
  let low = 0;
  let high = max;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A seeded permutation of [0, size), one value at a time: Fisher-Yates on a map of the places that moved. */
export function* drawRanks(size: number, seed: number): Generator<number> {
  const random = mulberry32(seed);
  const moved = new Map<number, number>();
  for (let i = 0; i < size; i += 1) {
    const j = i + random.integer(size - i);
    const value = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    moved.delete(i);
    yield value;
  }
}

/** The first `count` values of {@link drawRanks}. */
export function sampleRanks(size: number, count: number, seed: number): number[] {
  const ranks: number[] = [];
  for (const rank of drawRanks(size, seed)) {
    if (ranks.length >= count) break;
    ranks.push(rank);
  }
  return ranks;
}
