/** Folds that keep groups together, and what a softmax says of each row when it has not seen its group. */
import { trainSoftmax, softmaxOf } from '../../students/softmax';
import type { SparseRow } from '../../students/softmax';
import { randomFor } from '../../random';
import { groupBy } from './group-by';
import { shuffle } from './shuffle';

export const FOLDS = 5;

export interface FoldedRow extends SparseRow {
  /** Index of its class. */
  readonly label: number;
  readonly group: string;
}

/** The fold of each row: groups, large ones first, go to the smallest fold. */
export function foldsOf(groups: readonly string[], seed: number): number[] {
  const members = shuffle(
    [...groupBy(groups.keys(), (row) => groups[row]!).values()],
    randomFor(seed, 'folds'),
  );
  const sizes = Array<number>(FOLDS).fill(0);
  const folds: number[] = [];
  for (const rows of members.sort((a, b) => b.length - a.length)) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    for (const row of rows) folds[row] = smallest;
    sizes[smallest]! += rows.length;
  }
  return folds;
}

/**
 * Probabilities by row, from students of the other folds. Labels weigh equally in training, and at most `trainMax` rows
 * are learned from, so that scores of a large and a small set can be compared.
 */
export function crossPredict(
  rows: readonly FoldedRow[],
  options: {
    readonly classes: number;
    readonly features: number;
    readonly seed: number;
    readonly trainMax: number;
  },
): number[][] {
  const { classes, features, seed, trainMax } = options;
  const folds = foldsOf(
    rows.map(({ group }) => group),
    seed,
  );
  const order = shuffle([...rows.keys()], randomFor(seed, 'training'));
  const predicted: number[][] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const training = order.filter((row) => folds[row] !== fold).slice(0, trainMax);
    const counts = Array<number>(classes).fill(0);
    for (const row of training) counts[rows[row]!.label]! += 1;
    const model = trainSoftmax(
      training.map((row) => {
        const { indices, values, label } = rows[row]!;
        return { indices, values, label, weight: training.length / (classes * counts[label]!) };
      }),
      { classes, features, seed },
    );
    for (const row of rows.keys()) if (folds[row] === fold) predicted[row] = softmaxOf(model, rows[row]!);
  }
  return predicted;
}
