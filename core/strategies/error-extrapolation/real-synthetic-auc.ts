import { auc } from '../../metrics/auc';
import { randomFor } from '../../random';
import { crossPredict } from './cross-folds';
import { hashedWords } from './hashed-words';
import { shuffle } from './shuffle';

const TEXTS_MAX = 2_000;
const FEATURES = 2 ** 16;

/** How well a linear model tells synthetic texts from real ones (5 folds): 0.5 not at all, 1 always. */
export function realSyntheticAuc(
  real: readonly string[],
  synthetic: readonly string[],
  seed: number,
): number {
  const size = Math.min(TEXTS_MAX, real.length, synthetic.length);
  const rows = [real, synthetic].flatMap((texts, label) =>
    shuffle(texts, randomFor(seed, 'auc', label))
      .slice(0, size)
      .map((text) => ({ ...hashedWords(text, FEATURES), label, group: text })),
  );
  const predicted = crossPredict(rows, { classes: 2, features: FEATURES, seed, trainMax: rows.length });
  return auc(
    predicted.map((probabilities) => probabilities[1]!),
    rows.map(({ label }) => label === 1),
  );
}
