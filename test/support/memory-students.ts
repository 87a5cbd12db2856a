/** Students of a run in memory: `linear`, trained at once. Equal trainings are done once, as in the product. */
import { hashJson } from '../../core/hash';
import { linearLoss, predictLinear, trainLinear } from '../../core/students/linear/linear-student';
import type {
  Example,
  Prediction,
  StudentItem,
  StudentOptions,
  TrainedRecord,
  Training,
} from '../../core/students/student';

const trained = new Map<string, { record: TrainedRecord; student: ReturnType<typeof trainLinear> }>();

/** Trains, or finds what was trained from the same in this process. */
export function trainInMemory(
  { task, seed, options }: Training,
  examples: readonly Example[],
  validation: readonly Example[],
): TrainedRecord {
  const runId = hashJson({ task, seed, options, examples, validation });
  const known = trained.get(runId);
  if (known) return known.record;
  const epochs = numberIn(options, 'epochs');
  const student = trainLinear(task, examples, {
    seed,
    ...(epochs === undefined ? {} : { epochs }),
    ...(validation.length === 0 ? {} : { validation }),
  });
  const loss = linearLoss(student, examples);
  const metrics = {
    loss,
    ...(validation.length === 0 ? {} : { validationLoss: linearLoss(student, validation) }),
  };
  const record = { student: runId, runId, examples: examples.length, epochs: epochs ?? 8, metrics };
  trained.set(runId, { record, student });
  return record;
}

export function predictInMemory({ runId }: TrainedRecord, items: readonly StudentItem[]): Prediction[] {
  const found = trained.get(runId);
  if (!found) throw new Error(`no student ${runId} was trained in this process`);
  return predictLinear(found.student, items);
}

function numberIn(options: StudentOptions, name: string): number | undefined {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
}
