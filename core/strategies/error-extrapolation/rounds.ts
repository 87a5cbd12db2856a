/** When rounds end, and which of them is returned. Scores are shares, one a round, the seed's first. */

/** One gain below the limit may be luck; two running are the end. */
const SMALL_GAINS = 2;

/**
 * True once two gains running were below `gain`, or below half a standard error where that is more. `n` rows were scored;
 * a score that is no share of rows brings its own `standardError`. `gain` null: never.
 */
export function shouldStop(
  scores: readonly number[],
  n: number,
  gain: number | null,
  standardError?: number,
): boolean {
  if (gain === null || scores.length <= SMALL_GAINS) return false;
  return scores.slice(-SMALL_GAINS).every((score, i) => {
    const earlier = scores[scores.length - SMALL_GAINS - 1 + i]!;
    const error = standardError ?? Math.sqrt((earlier * (1 - earlier)) / n);
    return score - earlier < Math.max(gain, error / 2);
  });
}

/** The round with the best score; of equal ones the earliest, which took the fewest rows. */
export function bestRound(scores: readonly number[]): number {
  return scores.reduce((best, score, round) => (score > scores[best]! ? round : best), 0);
}
