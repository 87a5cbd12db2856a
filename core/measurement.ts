/** Means of what was measured, with how sure they are. */
import type { Range, Sample, StageMeasurement } from './strategy';

/** Fewer values say nothing about how they vary. */
export const VALUES_MIN = 3;

/** Student's t at 97.5 % for 1 to 10 degrees of freedom; above, a series is exact enough. */
const T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const Z_975 = 1.959964;

export function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  if (count === 0) return { count, mean: 0, deviation: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 };
}

/**
 * The 95 % interval (Student) of the mean of `future` further values, or of the true mean without it. It takes values as
 * drawn at random; the first rows of a sorted input are not.
 */
export function intervalOf({ count, mean, deviation }: Sample, future = Infinity): Range {
  if (count < 2) return { low: mean, high: mean };
  const reach = studentT(count - 1) * deviation * Math.sqrt(1 / count + 1 / Math.max(1, future));
  return { low: Math.max(0, mean - reach), high: mean + reach };
}

/** A series in one over the degrees of freedom (Abramowitz and Stegun, 26.7.5). */
function studentT(freedom: number): number {
  const known = T_975[freedom - 1];
  if (known !== undefined) return known;
  const z = Z_975;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** A stage's calls in all: calls a row as measured, inside the range the strategy gives where the two agree at all. */
export function measuredCalls(rows: Range, given: Range, { callsPerRow }: StageMeasurement): Range {
  const perRow = intervalOf(callsPerRow, rows.low);
  const low = Math.max(rows.low, Math.floor(rows.low * perRow.low));
  const high = Math.max(low, Math.ceil(rows.high * perRow.high));
  const both = { low: Math.max(low, given.low), high: Math.min(high, given.high) };
  return both.low <= both.high ? both : { low, high };
}

/** Tokens in all, from what a call was measured to take. */
export function measuredTokens(calls: Range, tokensPerCall: Sample): Range {
  const { low, high } = intervalOf(tokensPerCall, calls.low);
  return { low: Math.floor(calls.low * low), high: Math.ceil(calls.high * high) };
}
