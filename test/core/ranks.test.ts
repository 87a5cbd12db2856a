import fc from 'fast-check';
import { mulberry32 } from '../../core/random';
import {
  pairCount,
  rankPair,
  rankTriple,
  sampleRanks,
  tripleCount,
  unrankPair,
  unrankTriple,
} from '../../core/ranks';

test('counts pairs and triples', () => {
  expect([40, 100].map((n) => [pairCount(n), tripleCount(n)])).toEqual([
    [780, 9_880],
    [4_950, 161_700],
  ]);
  expect([0, 1, 2].map((n) => [pairCount(n), tripleCount(n)])).toEqual([
    [0, 0],
    [0, 0],
    [1, 0],
  ]);
});

test('unranks in lexicographic order', () => {
  expect(unrankPair(4, 5)).toEqual([1, 2]);
  expect(unrankTriple(6, 5)).toEqual([1, 2, 3]);
  expect(unrankPair(400, 40)).toEqual([11, 38]);
  expect(unrankTriple(5_000, 40)).toEqual([8, 11, 33]);
  expect(unrankTriple(9_879, 40)).toEqual([37, 38, 39]);
});

test('rank and unrank are inverse, also for a thousand entities', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 1_000 }), fc.nat(), fc.nat(), (n, a, b) => {
      const pair = a % pairCount(n);
      const triple = b % tripleCount(n);
      expect(rankPair(unrankPair(pair, n), n)).toBe(pair);
      expect(rankTriple(unrankTriple(triple, n), n)).toBe(triple);
    }),
  );
});

test('draws without replacement, the same everywhere', () => {
  const random = mulberry32(42);
  expect([random.next(), random.next(), random.next()]).toEqual([2581720956, 1925393290, 3661312704]);
  expect(sampleRanks(10, 10, 42)).toEqual([6, 8, 3, 4, 9, 0, 1, 7, 2, 5]);
  expect(sampleRanks(10, 4, 42)).toEqual([6, 8, 3, 4]);
  expect(sampleRanks(9_880, 4, 42)).toEqual([5938, 8422, 1728, 2701]);
  expect(sampleRanks(166_167_000, 2, 42)).toEqual([99883606, 141651684]);
});

test('a full draw is a permutation', () => {
  const ranks = sampleRanks(9_880, 9_880, 1);
  expect(ranks.sort((a, b) => a - b)).toEqual(Array.from({ length: 9_880 }, (_, rank) => rank));
});
