/** Whole numbers with the sum `total` in these shares; what rounding leaves goes to the largest remainders, then the first. */
export function largestRemainder(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((all, share) => all + share, 0);
  if (sum === 0) return shares.map(() => 0);
  const exact = shares.map((share) => (total * share) / sum);
  // A third of three is 1 and not 0.9999…
  const counts = exact.map((value) => Math.floor(value + ROUNDING));
  const left = total - counts.reduce((all, count) => all + count, 0);
  const order = exact
    .map((value, i) => ({ i, remainder: value - counts[i]! }))
    .sort((a, b) => (Math.abs(a.remainder - b.remainder) < ROUNDING ? a.i - b.i : b.remainder - a.remainder));
  for (const { i } of order.slice(0, left)) counts[i]! += 1;
  return counts;
}

const ROUNDING = 1e-9;

/** As even as the sizes allow: nobody gets more than it has, and what one lacks the others share. */
export function evenQuotas(total: number, sizes: readonly number[]): number[] {
  const quotas = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((all, size) => all + size, 0),
  );
  // The smallest first: what it cannot take is then known to the others.
  const order = sizes.map((size, i) => ({ size, i })).sort((a, b) => a.size - b.size || b.i - a.i);
  order.forEach(({ size, i }, place) => {
    quotas[i] = Math.min(size, Math.floor(left / (order.length - place)));
    left -= quotas[i]!;
  });
  return quotas;
}
