/** If these fail, a round imitates the wrong number of errors of each label: class mix swings, and calls cost more than planned. */
import fc from 'fast-check';
import { classShares } from '../../../../../core/strategies/error-extrapolation/class-shares';
import {
  evenQuotas,
  largestRemainder,
} from '../../../../../core/strategies/error-extrapolation/largest-remainder';
import { quotas } from '../../../../../core/strategies/error-extrapolation/quotas';

const THIRDS = [1 / 3, 1 / 3, 1 / 3];
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const normalized = (values: readonly number[]) => values.map((value) => value / sum(values));
const shares = (n: number) =>
  fc.array(fc.integer({ min: 1, max: 100 }), { minLength: n, maxLength: n }).map(normalized);

test.each([
  [
    [0.5, 0.5],
    [0.5, 0.5],
    [0.6, 0.4],
    [0.4, 0.6],
  ],
  [
    [0.5, 0.5],
    [0.5, 0.5],
    [0.8, 0.2],
    [0.4, 0.6],
  ],
  [THIRDS, THIRDS, [0.5, 0.3, 0.2], [0.2714, 0.3286, 0.4]],
])('class shares of base %p, gold %p, predicted %p', (base, gold, predicted, expected) => {
  classShares(base, gold, predicted, 0.2).forEach((share, i) => expect(share).toBeCloseTo(expected[i]!, 4));
});

test('a student that predicts one label only is clamped, and no tolerance changes nothing', () => {
  classShares([0.5, 0.5], [0.5, 0.5], [1, 0], 0.2).forEach((share, i) =>
    expect(share).toBeCloseTo([0.4, 0.6][i]!, 10),
  );
  expect(classShares(THIRDS, THIRDS, [1, 0, 0], 0)).toEqual(THIRDS);
  expect(classShares([1, 0], [1, 0], [0.5, 0.5], 0.2)).toEqual([1, 0]);
});

test('class shares sum to 1 and stay within the tolerance', () => {
  fc.assert(
    fc.property(
      shares(4),
      shares(4),
      shares(4),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (base, gold, predicted, tolerance) => {
        const result = classShares(base, gold, predicted, tolerance);
        expect(sum(result)).toBeCloseTo(1, 10);
        result.forEach((share, i) =>
          expect(Math.abs(share - base[i]!)).toBeLessThanOrEqual(tolerance * base[i]! + 1e-12),
        );
      },
    ),
  );
});

test('quotas under a cap, and where a label has too few errors', () => {
  expect(quotas([365, 518], [0.4, 0.6], 200, 3, 5)).toEqual([
    { errors: 80, drawsPerError: 3, quota: 80 },
    { errors: 120, drawsPerError: 3, quota: 120 },
  ]);
  expect(quotas([25, 5], [0.6, 0.4], 200, 3, 5)).toEqual([
    { errors: 18, drawsPerError: 3, quota: 18 },
    { errors: 5, drawsPerError: 5, quota: 12 },
  ]);
  expect(quotas([10, 0], [0.5, 0.5], null, 3, 5)).toEqual([
    { errors: 5, drawsPerError: 3, quota: 5 },
    { errors: 0, drawsPerError: 3, quota: 5 },
  ]);
});

test('quotas sum to the cap or to all errors, and nobody gives more errors than it has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { minLength: 3, maxLength: 3 }),
      shares(3),
      fc.option(fc.integer({ min: 1, max: 100 })),
      (errors, parts, cap) => {
        const result = quotas(errors, parts, cap, 3, 5);
        expect(sum(result.map(({ quota }) => quota))).toBe(Math.min(cap ?? Infinity, sum(errors)));
        result.forEach((label, i) => {
          expect(label.errors).toBe(Math.min(label.quota, errors[i]!));
          expect(label.drawsPerError).toBeGreaterThanOrEqual(3);
          expect(label.drawsPerError).toBeLessThanOrEqual(5);
        });
      },
    ),
  );
});

test('largest remainders: each count within one of its share', () => {
  expect(largestRemainder(10, THIRDS)).toEqual([4, 3, 3]);
  expect(largestRemainder(3, THIRDS)).toEqual([1, 1, 1]);
  expect(largestRemainder(5, [1, 2])).toEqual([2, 3]);
  expect(largestRemainder(5, [0, 0])).toEqual([0, 0]);
  fc.assert(
    fc.property(fc.nat(500), shares(5), (total, parts) => {
      const counts = largestRemainder(total, parts);
      expect(sum(counts)).toBe(total);
      counts.forEach((count, i) => expect(Math.abs(count - total * parts[i]!)).toBeLessThan(1 + 1e-6));
    }),
  );
});

test('even quotas: what one lacks the others share', () => {
  expect(evenQuotas(10, [2, 9, 9])).toEqual([2, 4, 4]);
  expect(evenQuotas(10, [5, 5, 5])).toEqual([4, 3, 3]);
  expect(evenQuotas(100, [5, 1])).toEqual([5, 1]);
  fc.assert(
    fc.property(fc.nat(100), fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }), (total, sizes) => {
      const given = evenQuotas(total, sizes);
      expect(sum(given)).toBe(Math.min(total, sum(sizes)));
      const largest = Math.max(...given);
      given.forEach((quota, i) => {
        expect(quota).toBeLessThanOrEqual(sizes[i]!);
        if (quota < sizes[i]!) expect(quota).toBeGreaterThanOrEqual(largest - 1);
      });
    }),
  );
});
