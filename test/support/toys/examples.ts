/** Rows of the toys as students see them, and how many a student gets right. */
import { predictLinear, type LinearStudent } from '../../../core/students/linear/linear-student';
import type { Answer, Example, StudentItem } from '../../../core/students/student';

export interface LabelledItem extends StudentItem {
  readonly label?: string;
  readonly answers?: readonly Answer[];
}

export const plainWeights = (rows: readonly LabelledItem[]): Example[] =>
  rows.map((row) => ({ ...row, weight: 1 }));

/** Share of rows whose label, or whose answer's text and place, is predicted. */
export function shareRight(student: LinearStudent, rows: readonly LabelledItem[]): number {
  const right = predictLinear(student, rows).filter((prediction, i) => {
    const { label, answers = [] } = rows[i]!;
    if ('answer' in prediction)
      return answers.some(
        ({ text, start }) => text === prediction.answer.text && start === prediction.answer.start,
      );
    return labelOf(student, prediction.probabilities) === label;
  });
  return right.length / rows.length;
}

function labelOf({ task }: LinearStudent, probabilities: readonly number[]): string | undefined {
  if (task.kind === 'extractive-qa') return undefined;
  return task.labels[probabilities.indexOf(Math.max(...probabilities))];
}
