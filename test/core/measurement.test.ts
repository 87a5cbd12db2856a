import fc from 'fast-check';
import { intervalOf, measuredCalls, measuredTokens, sampleOf } from '../../core/measurement';

test('the interval is Student’s', () => {
  // t(4) at 97.5 % is 2.776; s = 1.5811, n = 5.
  const { low, high } = intervalOf(sampleOf([1, 2, 3, 4, 5]));
  expect(low).toBeCloseTo(3 - (2.776 * 1.5811) / Math.sqrt(5), 3);
  expect(high).toBeCloseTo(3 + (2.776 * 1.5811) / Math.sqrt(5), 3);
});

test.each([
  [11, 2.201],
  [19, 2.093],
  [100, 1.984],
])('with %d degrees of freedom t is %d', (freedom, t) => {
  const { high } = intervalOf({ count: freedom + 1, mean: 0, deviation: Math.sqrt(freedom + 1) });
  expect(high).toBeCloseTo(t, 2);
});

test('few values to come are less sure than many, and none is below 0', () => {
  const sample = sampleOf([10, 30, 50, 10, 30, 50]);
  const [few, many] = [intervalOf(sample, 2), intervalOf(sample, 1e6)];
  expect(few.high - few.low).toBeGreaterThan(many.high - many.low);
  expect(intervalOf(sampleOf([0, 0, 100])).low).toBe(0);
});

test('a row takes one call at least, and the strategy’s own bounds hold where they agree', () => {
  const rows = { low: 100, high: 100 };
  const measurement = (callsPerRow: readonly number[]) => ({
    callsPerRow: sampleOf(callsPerRow),
    inputTokensPerCall: sampleOf([1]),
    outputTokensPerCall: sampleOf([1]),
  });
  expect(measuredCalls(rows, { low: 100, high: 200 }, measurement([1, 1, 1, 1]))).toEqual(rows);
  const { low, high } = measuredCalls(rows, { low: 100, high: 200 }, measurement([1, 2, 1, 2, 1, 2, 1, 2]));
  expect([low >= 100, low < 150, high > 150, high <= 200]).toEqual([true, true, true, true]);
  const beyond = measuredCalls(rows, { low: 100, high: 200 }, measurement([3, 3, 3, 3]));
  expect(beyond).toEqual({ low: 300, high: 300 });
});

test('low never passes high', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { minLength: 3 }), fc.nat(1e6), fc.nat(1e6), (values, a, b) => {
      const calls = { low: Math.min(a, b), high: Math.max(a, b) };
      const { low, high } = measuredTokens(calls, sampleOf(values));
      expect(low).toBeLessThanOrEqual(high);
    }),
  );
});
