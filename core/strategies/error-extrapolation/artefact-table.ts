/** How well a table tells labels: for each value of one feature the label it is likeliest to mean. */

export interface TableScore {
  readonly balancedAccuracy: number;
  readonly accuracy: number;
}

/**
 * `counts[label][value]`: rows of a label with a value. The likeliest label is the one with the largest share of its own
 * rows, so that a rare label is not drowned; the first of equal ones.
 */
export function tableScore(counts: readonly (readonly number[])[]): TableScore {
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const hits = counts.map(() => 0);
  const values = Math.max(0, ...counts.map((row) => row.length));
  for (let value = 0; value < values; value += 1) {
    const label = likeliest(
      counts.map((row) => row[value] ?? 0),
      totals,
    );
    hits[label]! += counts[label]![value] ?? 0;
  }
  const present = totals.flatMap((total, label) => (total === 0 ? [] : [hits[label]! / total]));
  const all = totals.reduce((sum, total) => sum + total, 0);
  return {
    balancedAccuracy:
      present.length === 0 ? 0 : present.reduce((sum, recall) => sum + recall, 0) / present.length,
    accuracy: all === 0 ? 0 : hits.reduce((sum, hit) => sum + hit, 0) / all,
  };
}

/** The label with the largest share of its rows, given its count of a value and of all. */
export function likeliest(counts: readonly number[], totals: readonly number[]): number {
  const shares = counts.map((count, label) => (totals[label] === 0 ? 0 : count / totals[label]!));
  return shares.reduce((best, share, label) => (share > shares[best]! ? label : best), 0);
}
