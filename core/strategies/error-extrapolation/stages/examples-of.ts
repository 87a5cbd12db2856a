/** Rows as students see them. */
import type { Example, StudentItem, StudentTask } from '../../../students/student';
import type { ErrorExtrapolationParams } from '../params';
import type { Texts } from '../records';

type Row = Texts & { readonly id: string; readonly label?: string };

export function studentTaskOf({ task }: Pick<ErrorExtrapolationParams, 'task'>): StudentTask {
  const labels = task.labels.map(({ id }) => id);
  return task.kind === 'extractive-qa' ? { kind: task.kind } : { kind: task.kind, labels };
}

/** What is predicted from: no label, no answer. */
export function itemOf({ id, text, context, target, question }: Row): StudentItem {
  return {
    id,
    ...(text === undefined ? {} : { text }),
    ...(context === undefined ? {} : { context }),
    ...(target === undefined ? {} : { target }),
    ...(question === undefined ? {} : { question }),
  };
}

export function exampleOf(row: Row, weight = 1): Example {
  const { label, answers } = row;
  return {
    ...itemOf(row),
    ...(label === undefined ? {} : { label }),
    ...(answers === undefined ? {} : { answers }),
    weight,
  };
}
