/** Few rows may not be shouted: noise in them would be learned by heart. */
const WEIGHT_MAX = 10;

/**
 * Weight of an extrapolated row against a seed row, so that the extrapolated ones weigh between `low` and `high` of both
 * together; 1 where they do so by themselves.
 */
export function extraWeight(seed: number, extra: number, low: number, high: number): number {
  if (seed === 0 || extra === 0) return 1;
  const share = extra / (seed + extra);
  if (share < low) return Math.min(WEIGHT_MAX, weightFor(seed, extra, low));
  return share > high ? weightFor(seed, extra, high) : 1;
}

function weightFor(seed: number, extra: number, share: number): number {
  return share >= 1 ? WEIGHT_MAX : (share * seed) / ((1 - share) * extra);
}
