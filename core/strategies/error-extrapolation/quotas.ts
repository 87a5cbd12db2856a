/** How many errors of each label are imitated, and how often each. */
import { largestRemainder } from './largest-remainder';

export interface LabelQuota {
  /** Errors that are imitated: no more than there are. */
  readonly errors: number;
  /** New rows from each of them. */
  readonly drawsPerError: number;
  /** Errors that the label's share asks for. */
  readonly quota: number;
}

/**
 * `errors` and `shares` by label; `cap` errors in all, null: all there are. An error gives `draws` new rows, and up to
 * `drawsMax` where a label has too few errors for its share.
 */
export function quotas(
  errors: readonly number[],
  shares: readonly number[],
  cap: number | null,
  draws: number,
  drawsMax: number,
): LabelQuota[] {
  const all = errors.reduce((sum, count) => sum + count, 0);
  return largestRemainder(Math.min(cap ?? all, all), shares).map((quota, i) => {
    const count = errors[i]!;
    const wanted = count === 0 ? draws : Math.round((quota * draws) / count);
    return {
      errors: Math.min(quota, count),
      drawsPerError: Math.min(drawsMax, Math.max(draws, wanted)),
      quota,
    };
  });
}
