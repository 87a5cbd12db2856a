/** Which epoch's weights a training keeps: the best on validation examples, or the last. */

/** Nothing is less likely than this, so that a loss stays finite. */
const PROBABILITY_MIN = 1e-9;

export interface EpochScore {
  /** Share of validation examples that are right. */
  readonly accuracy: number;
  /** Mean negative log-likelihood; decides between equal accuracies. */
  readonly loss: number;
}

/** From each example's verdict, and the probability of what is right. */
export function epochScore(verdicts: Iterable<{ right: boolean; probability: number }>): EpochScore {
  let count = 0;
  let right = 0;
  let loss = 0;
  for (const verdict of verdicts) {
    count += 1;
    if (verdict.right) right += 1;
    loss -= Math.log(Math.max(PROBABILITY_MIN, verdict.probability));
  }
  return count === 0 ? { accuracy: 0, loss: 0 } : { accuracy: right / count, loss: loss / count };
}

export interface BestEpoch {
  /** Called after each epoch with the live weights, which are copied where they are kept. */
  offer(epoch: number, weights: Float32Array): void;
  kept(): KeptEpoch;
}
export interface KeptEpoch {
  readonly weights: Float32Array;
  /** After how many epochs they were taken. */
  readonly epochs: number;
}

/** Without a score the latest weights are kept, and never copied. Ties keep the earlier epoch. */
export function bestEpoch(untrained: Float32Array, score?: (weights: Float32Array) => EpochScore): BestEpoch {
  let kept: KeptEpoch = { epochs: 0, weights: untrained };
  let best: EpochScore | undefined;
  return {
    offer: (epochs, weights) => {
      const next = score?.(weights);
      if (next !== undefined && best !== undefined && !isBetter(next, best)) return;
      best = next;
      kept = { epochs, weights: next === undefined ? weights : weights.slice() };
    },
    kept: () => kept,
  };
}

function isBetter(a: EpochScore, b: EpochScore): boolean {
  return a.accuracy === b.accuracy ? a.loss < b.loss : a.accuracy > b.accuracy;
}
