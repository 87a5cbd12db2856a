/** If these fail, errors of different kinds are described as one, and the pattern that is imitated is nobody's. */
import fc from 'fast-check';
import {
  clusterByLabel,
  clusterCount,
  clusterVectors,
} from '../../../../../core/strategies/error-extrapolation/clusters';
import { hashedVector, hashedWords } from '../../../../../core/strategies/error-extrapolation/hashed-words';
import { randomFor } from '../../../../../core/random';

test('half the errors, then the root, at most as many as asked for', () => {
  expect([1, 7, 8, 200, 100_000].map((errors) => clusterCount(errors, 12))).toEqual([1, 1, 2, 10, 12]);
});

test('kinds of texts are told apart by their words', () => {
  const kinds = ['the food was cold and the waiter rude', 'battery life is short and the screen broke'];
  const texts = Array.from({ length: 40 }, (_, i) => `${kinds[i % 2]} number ${i}`);
  const found = clusterVectors(texts.map(hashedVector), 2, randomFor(1, 'test'));
  expect(found).toEqual(texts.map((_, i) => i % 2));
});

test('fewer different vectors than clusters', () => {
  expect(clusterVectors([[1], [1], [2]], 3, randomFor(1))).toEqual([0, 0, 1]);
  expect(clusterVectors([], 3, randomFor(1))).toEqual([]);
});

test('numbers go on from label to label', () => {
  const rows = ['a', 'b', 'a', 'b'].map((label, ordinal) => ({ label, ordinal }));
  expect(clusterByLabel(rows, (ordinal) => [ordinal], 2, 1, 1)).toEqual([0, 1, 0, 1]);
});

test('every vector has a cluster, none is empty, equal vectors are together', () => {
  const vector = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(vector, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.nat(),
      (vectors, k, seed) => {
        const found = clusterVectors(vectors, k, randomFor(seed));
        const numbers = [...new Set(found)].sort((a, b) => a - b);
        expect(found).toHaveLength(vectors.length);
        expect(numbers).toEqual(numbers.map((_, i) => i));
        expect(numbers.length).toBeLessThanOrEqual(k);
        vectors.forEach((one, i) =>
          vectors.forEach((other, j) => {
            if (String(one) === String(other)) expect(found[i]).toBe(found[j]);
          }),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('hashed words: length 1, each place once, nothing for nothing', () => {
  const { indices, values } = hashedWords('to be or not to be', 2 ** 16);
  expect(new Set(indices).size).toBe(indices.length);
  expect(Math.hypot(...values)).toBeCloseTo(1, 10);
  expect(Math.hypot(...hashedVector('to be'))).toBeCloseTo(1, 10);
  expect(hashedWords('…', 8)).toEqual({ indices: [], values: [] });
  expect(Math.hypot(...hashedVector(''))).toBe(0);
});
