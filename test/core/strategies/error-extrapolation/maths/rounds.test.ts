/** If these fail, rounds go on without gain or end too early, a worse round is returned, or new rows drown the seed. */
import fc from 'fast-check';
import { churn } from '../../../../../core/strategies/error-extrapolation/churn';
import { dimpWeight } from '../../../../../core/strategies/error-extrapolation/dimp-weight';
import { extraWeight } from '../../../../../core/strategies/error-extrapolation/extra-weight';
import { bestRound, shouldStop } from '../../../../../core/strategies/error-extrapolation/rounds';
import { centroidsOf, separability } from '../../../../../core/strategies/error-extrapolation/separability';

test.each([
  [32_078, 1_522, 5.2691],
  [29_968, 51_532, 0.38769],
  [2_000, 600, 1],
  [0, 600, 1],
  [2_000, 0, 1],
  [32_078, 1, 10],
])('%p seed rows and %p extrapolated ones: weight %p', (seed, extra, weight) =>
  expect(extraWeight(seed, extra, 0.2, 0.4)).toBeCloseTo(weight, 4),
);

test('a whole share as the limit weighs nothing down, and as the least is capped', () => {
  expect(extraWeight(100, 300, 0, 1)).toBe(1);
  expect(extraWeight(100, 300, 1, 1)).toBe(10);
});

test('the weighted share lies between its limits, unless the cap holds it', () => {
  const rows = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(rows, rows, (seed, extra) => {
      const weight = extraWeight(seed, extra, 0.2, 0.4);
      const share = (weight * extra) / (seed + weight * extra);
      expect(share).toBeLessThanOrEqual(0.4 + 1e-9);
      if (weight < 10) expect(share).toBeGreaterThanOrEqual(0.2 - 1e-9);
    }),
  );
});

test('two small gains running end the rounds', () => {
  expect(shouldStop([0.8, 0.806, 0.81], 500, 0.003)).toBe(true);
  expect(shouldStop([0.8, 0.815, 0.818], 500, 0.003)).toBe(false);
  expect(shouldStop([0.8, 0.79], 500, 0.003)).toBe(false);
  expect(shouldStop([0.8, 0.79, 0.78], 500, 0.003)).toBe(true);
  expect(shouldStop([0.8, 0.79, 0.78], 500, null)).toBe(false);
});

test('the limit is half a standard error, at the earlier score', () => {
  // Limits .00894 and .00879.
  expect(shouldStop([0.8, 0.8089, 0.8176], 500, 0)).toBe(true);
  expect(shouldStop([0.8, 0.809, 0.8178], 500, 0)).toBe(false);
  expect(shouldStop([0.8, 0.8089, 0.8178], 500, 0)).toBe(false);
});

test('a score that is no share of rows brings its standard error', () => {
  expect(shouldStop([0.5, 0.51, 0.52], 500, 0, 0.021)).toBe(true);
  expect(shouldStop([0.5, 0.51, 0.52], 500, 0, 0.01)).toBe(false);
});

test('of equal rounds the earliest is the best', () => {
  expect(bestRound([0.8, 0.83, 0.83])).toBe(1);
  expect(bestRound([0.8])).toBe(0);
});

test('errors fixed, persisting, broken', () => {
  expect(churn(new Set(['1', '2', '3']), new Set(['2', '4']))).toEqual({
    fixed: 2,
    persisting: 1,
    broken: 1,
  });
});

test('new rows nearer to another label', () => {
  const rows = [
    { label: 'A', vector: [0.9, 0.1] },
    { label: 'A', vector: [0.2, 0.8] },
    { label: 'B', vector: [0, 1] },
  ];
  const centroids = centroidsOf([
    { label: 'A', vector: [1, 0] },
    { label: 'A', vector: [1, 0] },
    { label: 'B', vector: [0, 1] },
  ]);
  expect(centroids.get('A')).toEqual([1, 0]);
  expect(separability(rows, centroids)).toBeCloseTo(1 / 3, 10);
  expect(separability([{ label: 'C', vector: [1, 0] }], centroids)).toBe(0);
  expect(separability([{ label: 'A', vector: [0, 0] }], centroids)).toBe(0);
});

test.each([
  [0.6, 0.3, 2],
  [0.01, 0.9, 0.1],
  [0.5, 0, 10],
  [0, 0, 1],
])('gold %p, now %p: weight %p', (gold, now, weight) =>
  expect(dimpWeight(gold, now)).toBeCloseTo(weight, 10),
);
