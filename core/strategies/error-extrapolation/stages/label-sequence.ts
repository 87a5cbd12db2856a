/** Which label each seed row has: every prefix follows the shares as closely as whole rows can. */

/** Indices of labels, one a row. */
export function labelSequence(shares: readonly number[], rows: number): Uint16Array {
  const sequence = new Uint16Array(rows);
  const counts = new Float64Array(shares.length);
  for (let row = 0; row < rows; row += 1) {
    let next = 0;
    let largest = -Infinity;
    for (const [label, share] of shares.entries()) {
      const missing = (row + 1) * share - counts[label]!;
      // Rounding must not decide among labels that lack equally much.
      if (missing > largest + 1e-9) [next, largest] = [label, missing];
    }
    counts[next]! += 1;
    sequence[row] = next;
  }
  return sequence;
}

/** Rows of each label in a sequence of this length. */
export function labelCounts(shares: readonly number[], rows: number): number[] {
  const counts = shares.map(() => 0);
  for (const label of labelSequence(shares, rows)) counts[label]! += 1;
  return counts;
}
