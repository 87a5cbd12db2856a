/** A student that predicts one label always would otherwise get no rows of it at all. */
const PREDICTED_SHARE_MIN = 0.01;

/**
 * Shares of new rows by label: away from labels the student predicts too often, and by at most `tolerance` of each base
 * share. All lists in the task's order of labels; the result sums to 1.
 */
export function classShares(
  base: readonly number[],
  gold: readonly number[],
  predicted: readonly number[],
  tolerance: number,
): number[] {
  const raw = base.map((share, i) => (share * gold[i]!) / Math.max(predicted[i]!, PREDICTED_SHARE_MIN));
  const sum = raw.reduce((total, value) => total + value, 0);
  if (sum === 0) return [...base];
  const changes = raw.map((value, i) => value / sum - base[i]!);
  const step = changes.reduce(
    (least, change, i) => (change === 0 ? least : Math.min(least, (tolerance * base[i]!) / Math.abs(change))),
    1,
  );
  return base.map((share, i) => share + step * changes[i]!);
}
