/**
 * Students that know gold only. Mine is cut into five folds by group; each fold is judged by a student of the other
 * four, so that no row is judged by a student that has seen it or its like.
 */
import { answerExact } from '../../../metrics/answer-metrics';
import { seedFor } from '../../../random';
import { sha256 } from '../../../hash';
import { type LinearStudent, predictLinear, trainLinear } from '../../../students/linear/linear-student';
import type { Prediction, StudentTask } from '../../../students/student';
import type { GoldRow, Texts } from '../records';
import { exampleOf, itemOf } from './examples-of';

export const CROSS_FIT_FOLDS = 5;

interface Grouped {
  readonly group: string;
  readonly label?: string;
}

interface CrossFit {
  /** Of each row, in the rows' order, by the student that has not seen it. */
  readonly predictions: readonly Prediction[];
  readonly students: readonly LinearStudent[];
}

/** The fold of each row. Large groups first; each goes where its labels, then rows, are fewest. */
export function foldsOf(rows: readonly Grouped[], seed: number): number[] {
  const groups = new Map<string, number[]>();
  for (const [index, { group }] of rows.entries()) {
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [index]);
    else members.push(index);
  }
  const ranked = [...groups]
    .map(([group, members]) => ({ members, rank: sha256(`${seed}:fold:${group}`) }))
    .sort((a, b) => b.members.length - a.members.length || (a.rank < b.rank ? -1 : 1));
  const sizes = new Array<number>(CROSS_FIT_FOLDS).fill(0);
  const byLabel = Array.from({ length: CROSS_FIT_FOLDS }, () => new Map<string, number>());
  const folds = new Array<number>(rows.length).fill(0);
  for (const { members } of ranked) {
    const labels = members.map((index) => rows[index]!.label ?? '');
    let fold = 0;
    let least = Infinity;
    for (let other = 0; other < CROSS_FIT_FOLDS; other += 1) {
      const alike = labels.reduce((sum, label) => sum + (byLabel[other]!.get(label) ?? 0), 0);
      // Sizes only decide among folds that are equal in labels.
      const load = alike + sizes[other]! / (rows.length + 1);
      if (load < least) [fold, least] = [other, load];
    }
    for (const [at, index] of members.entries()) {
      folds[index] = fold;
      byLabel[fold]!.set(labels[at]!, (byLabel[fold]!.get(labels[at]!) ?? 0) + 1);
    }
    sizes[fold]! += members.length;
  }
  return folds;
}

/** Equal rows and seed train equal students, wherever they are trained again. */
export function crossFit(rows: readonly GoldRow[], task: StudentTask, seed: number): CrossFit {
  const folds = foldsOf(rows, seed);
  const predictions = new Array<Prediction>(rows.length);
  const students: LinearStudent[] = [];
  for (let fold = 0; fold < CROSS_FIT_FOLDS; fold += 1) {
    const held = folds.flatMap((of, index) => (of === fold ? [index] : []));
    // With fewer groups than folds, a fold is empty and its student would be one of all rows.
    if (held.length === 0) continue;
    const seen = rows.filter((_, index) => folds[index] !== fold);
    if (seen.length === 0) {
      for (const index of held) predictions[index] = knowsNothing(rows[index]!.id, task);
      continue;
    }
    const examples = seen.map((row) => exampleOf(row));
    const student = trainLinear(task, examples, { seed: seedFor(seed, 'cross-fit', fold) });
    students.push(student);
    const said = predictLinear(
      student,
      held.map((index) => itemOf(rows[index]!)),
    );
    for (const [at, index] of held.entries()) predictions[index] = said[at]!;
  }
  return { predictions, students };
}

/** One group alone leaves nothing to learn from. */
function knowsNothing(id: string, task: StudentTask): Prediction {
  if (task.kind === 'extractive-qa') return { id, answer: { text: '', start: 0 }, probability: 0 };
  return { id, probabilities: task.labels.map(() => 1 / task.labels.length) };
}

/** The mean probability of each label over the students, row by row; rows are new to all of them. */
export function meanProbabilities(
  students: readonly LinearStudent[],
  rows: readonly (Texts & { readonly id: string })[],
): number[][] {
  const items = rows.map((row) => itemOf(row));
  const means: number[][] = rows.map(() => []);
  for (const student of students) {
    for (const [index, prediction] of predictLinear(student, items).entries()) {
      if (!('probabilities' in prediction)) throw new TypeError('spans have no label probabilities');
      for (const [label, p] of prediction.probabilities.entries())
        means[index]![label] = (means[index]![label] ?? 0) + p / students.length;
    }
  }
  return means;
}

/** The place of the largest value; of equals the first. */
export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}

/** Whether a prediction is what gold says. */
export function isRight(task: StudentTask, row: GoldRow, prediction: Prediction): boolean {
  if (!('probabilities' in prediction)) {
    const references = (row.answers ?? []).map(({ text }) => text);
    return Number(answerExact(prediction.answer.text, references)) === 1;
  }
  return task.kind !== 'extractive-qa' && task.labels[argmax(prediction.probabilities)] === row.label;
}
