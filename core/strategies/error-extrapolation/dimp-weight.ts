const WEIGHT_MIN = 0.1;
const WEIGHT_MAX = 10;

/**
 * Weight of a new row (arXiv 2410.21526): how probable its label is to a student of gold alone, over how probable it is to
 * the last round's. Rows that gold supports and the student has not learned yet weigh most.
 */
export function dimpWeight(goldProbability: number, currentProbability: number): number {
  if (goldProbability === currentProbability) return 1;
  return Math.min(WEIGHT_MAX, Math.max(WEIGHT_MIN, goldProbability / currentProbability));
}
