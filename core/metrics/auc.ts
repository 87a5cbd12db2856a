/**
 * Area under the ROC curve: how often a positive row scores above a negative one, ties counting half. 0.5 where one side
 * is empty: nothing can be told apart then.
 */
export function auc(scores: readonly number[], isPositive: readonly boolean[]): number {
  if (scores.length !== isPositive.length)
    throw new Error(`expected a side for each of ${scores.length} scores, got ${isPositive.length}`);
  const order = scores.map((_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to += 1;
    // Equal scores share the mean of their ranks, which count from 1.
    for (let i = from; i < to; i += 1) if (isPositive[order[i]!]) rankSum += (from + to + 1) / 2;
    from = to;
  }
  const positives = isPositive.filter(Boolean).length;
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
