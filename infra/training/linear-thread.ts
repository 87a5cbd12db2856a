/** The thread that computes `linear`. */
import { readLinear, writeLinear } from '../../core/students/linear/linear-file';
import { linearLoss, predictLinear, trainLinear } from '../../core/students/linear/linear-student';
import { EPOCHS_DEFAULT } from '../../core/students/softmax';
import type { Example, Prediction, StudentItem, StudentTask } from '../../core/students/student';

export type LinearTask =
  | {
      readonly kind: 'train';
      readonly task: StudentTask;
      readonly examples: readonly Example[];
      /** None: the last epoch is kept. */
      readonly validation: readonly Example[];
      readonly seed: number;
      readonly epochs?: number;
      readonly rate?: number;
    }
  | { readonly kind: 'predict'; readonly model: Uint8Array; readonly items: readonly StudentItem[] };

export interface LinearTrained {
  readonly model: Uint8Array;
  readonly metrics: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly examples: number;
}

export function runInThread(given: LinearTask): LinearTrained | Prediction[] {
  if (given.kind === 'predict') return predictLinear(readLinear(given.model), given.items);
  const { task, examples, validation, seed, epochs = EPOCHS_DEFAULT, rate } = given;
  const student = trainLinear(task, examples, {
    ...{ seed, epochs },
    ...(rate === undefined ? {} : { rate }),
    ...(validation.length === 0 ? {} : { validation }),
  });
  const loss = linearLoss(student, examples);
  return {
    model: writeLinear(student),
    metrics: {
      loss,
      ...(validation.length === 0 ? {} : { validationLoss: linearLoss(student, validation) }),
    },
    epochs,
    examples: examples.length,
  };
}
