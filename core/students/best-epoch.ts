/** Which epoch's weights a training keeps: the best on validation examples, or the last. */

export interface EpochScore {
  /** Share of validation examples that are right. */
  readonly accuracy: number;
  /** Mean negative log-likelihood; decides between equal accuracies. */
  readonly loss: number;
}

export interface BestEpoch {
  /** Called after each epoch with the live weights, which are copied where they are kept. */
  offer(epoch: number, weights: Float32Array): void;
  kept(): { readonly epoch: number; readonly weights: Float32Array };
}

/** Without a score the latest weights are kept, and never copied. Ties keep the earlier epoch. */
export function bestEpoch(score?: (weights: Float32Array) => EpochScore): BestEpoch {
  let kept: { epoch: number; weights: Float32Array } = { epoch: 0, weights: new Float32Array(0) };
  let best: EpochScore | undefined;
  return {
    offer: (epoch, weights) => {
      if (score === undefined) {
        kept = { epoch, weights };
        return;
      }
      const next = score(weights);
      if (best !== undefined && !isBetter(next, best)) return;
      best = next;
      kept = { epoch, weights: weights.slice() };
    },
    kept: () => kept,
  };
}

function isBetter(a: EpochScore, b: EpochScore): boolean {
  return a.accuracy === b.accuracy ? a.loss < b.loss : a.accuracy > b.accuracy;
}
