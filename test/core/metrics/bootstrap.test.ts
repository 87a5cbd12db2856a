/** If these fail, intervals and p-values of comparisons are wrong: luck is sold as a gain, or a gain is called luck. */
import fc from 'fast-check';
import { meanInterval, pairedBootstrap, scoreInterval } from '../../../core/metrics/bootstrap';
import { accuracy } from '../../../core/metrics/label-metrics';
import { randomFor } from '../../../core/random';

const RESAMPLES = 10_000;
const single = (n: number) => Array.from({ length: n }, (_, item) => `g${item}`);
const row277 = [...Array<number>(45).fill(1), ...Array<number>(20).fill(-1), ...Array<number>(212).fill(0)];

test('277 items, 45 gained and 20 lost', () => {
  const result = pairedBootstrap([row277], single(277), RESAMPLES, randomFor(1, 'test'));
  expect(result.mean).toBeCloseTo(0.09025, 4);
  expect(Math.abs(result.low - 0.034)).toBeLessThanOrEqual(0.005);
  expect(Math.abs(result.high - 0.147)).toBeLessThanOrEqual(0.005);
  expect(result.p).toBeLessThan(0.01);
});

test('no difference is an interval of one point, and no evidence', () => {
  const zeros = Array<number>(50).fill(0);
  expect(pairedBootstrap([zeros, zeros], single(50), 1_000, randomFor(1, 'test'))).toEqual({
    mean: 0,
    low: 0,
    high: 0,
    p: 1,
  });
});

test('rows of one group stand or fall together: the interval widens', () => {
  const values = Array.from({ length: 100 }, (_, item) => (Math.floor(item / 20) % 2 === 0 ? 1 : -1));
  const together = values.map((_, item) => `g${Math.floor(item / 20)}`);
  const apart = pairedBootstrap([values], single(100), 2_000, randomFor(1, 'test'));
  const grouped = pairedBootstrap([values], together, 2_000, randomFor(1, 'test'));
  expect(grouped.high - grouped.low).toBeGreaterThan(2 * (apart.high - apart.low));
});

test('seeds that disagree widen it too, and replicates that disagree more still', () => {
  const items = 20;
  const rows = [1, 1, 1, -1, -1, -1].map((sign) => Array<number>(items).fill(sign));
  const widthOf = (replicates?: readonly number[]) => {
    const result = pairedBootstrap(rows, single(items), 2_000, randomFor(1, 'test'), replicates);
    return result.high - result.low;
  };
  expect(widthOf()).toBeGreaterThan(0.5);
  expect(widthOf([1, 1, 1, 2, 2, 2])).toBeGreaterThan(widthOf());
});

test('equal seeds give equal intervals, and shapes must fit', () => {
  const run = () => pairedBootstrap([row277], single(277), 500, randomFor(7, 'test'));
  expect(run()).toEqual(run());
  expect(() => pairedBootstrap([[1, 2]], ['a'], 10, randomFor(1))).toThrow('for each of 1 items, got 2');
  expect(() => pairedBootstrap([], ['a'], 10, randomFor(1))).toThrow('at least 1 seed');
  expect(() => pairedBootstrap([[1]], ['a'], 10, randomFor(1), [])).toThrow('got 0 replicates');
});

test('the standard error of a share is that of the formula', () => {
  const values = Array.from({ length: 500 }, (_, item) => (item < 400 ? 1 : 0));
  const result = meanInterval(values, single(500), 1_000, randomFor(1, 'test'));
  expect(result.mean).toBeCloseTo(0.8, 10);
  expect(Math.abs(result.standardError - Math.sqrt((0.8 * 0.2) / 500))).toBeLessThan(0.0015);
  expect(result.low).toBeLessThan(0.8);
  expect(result.high).toBeGreaterThan(0.8);
});

test('a score that is no mean is scored anew in every resample', () => {
  const gold = ['a', 'b', 'a', 'b'];
  const result = scoreInterval(
    (items) =>
      accuracy(
        items.map((item) => gold[item]!),
        items.map(() => 'a'),
      ),
    single(4),
    1_000,
    randomFor(1, 'test'),
  );
  expect(result.mean).toBe(0.5);
  expect([result.low, result.high]).toEqual([0, 1]);
  expect(() => scoreInterval(() => 1, [], 10, randomFor(1))).toThrow('at least 1 item');
});

test('an interval lies within what was observed', () => {
  const values = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.nat(), (row, seed) => {
      const { mean, low, high, p } = pairedBootstrap([row], single(row.length), 100, randomFor(seed));
      expect(low).toBeGreaterThanOrEqual(Math.min(...row) - 1e-9);
      expect(high).toBeLessThanOrEqual(Math.max(...row) + 1e-9);
      expect(low).toBeLessThanOrEqual(high);
      expect(mean).toBeCloseTo(row.reduce((sum, value) => sum + value, 0) / row.length, 10);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});
