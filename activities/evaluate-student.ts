import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../core/json';
import { hashJson } from '../core/hash';
import { STUDENT_ITEMS_MAX } from '../core/story/limits';
import type { Activities } from '../core/story/ports';
import type { Evaluation, StudentItem, TrainedRecord, Training } from '../core/students/student';
import { CollectionWriter } from '../infra/artifacts/collection';
import { listOutcomes, recordOf } from '../infra/database/rows';
import { findStage } from '../infra/database/stages';
import { StudentFault } from '../infra/training/student-trainer';
import type { Show } from './as-activity';
import type { TrainerDeps } from './deps';
import { recordCollection } from './reader';
import { type StudentWork, studentRow } from './student-row';
import { studentOf } from './train-student';

/** Has one trained student predict one collection; the predictions become a collection of the stage. */
export function evaluateStudent(deps: TrainerDeps) {
  return (input: Parameters<Activities['evaluateStudent']>[0], show: Show = () => undefined) =>
    studentRow(deps, input, 'evaluate', evaluateOnce, show);
}

async function evaluateOnce(work: StudentWork): Promise<{ record: Json } | { failed: string }> {
  const { training, items } = work.row.data as unknown as Evaluation;
  const trained = await findTrained(work, training);
  if (!trained) return { failed: `its training ${training.stage} ${training.key} failed` };
  return { record: await predict(work, trained, items) };
}

interface Trained {
  readonly training: Training;
  readonly record: TrainedRecord;
}

/** @returns undefined where the training failed */
async function findTrained(
  { deps, job }: StudentWork,
  { stage, key }: Evaluation['training'],
): Promise<Trained | undefined> {
  const [row] = await listOutcomes(deps.db, job.tenant, job.id, { stage, key }, undefined, 1);
  if (!row) throw new TypeError(`there is no training ${key} in stage ${stage}`);
  if (row.state !== 'accepted') return undefined;
  const { manifest } = (await findStage(deps.db, {
    ...{ tenant: job.tenant, job: job.id, stage, plan: row.plan },
  }))!;
  const [planned] = await deps.plans.range(manifest!, row.position, row.position + 1);
  return {
    training: planned!.data as unknown as Training,
    record: recordOf(row) as unknown as TrainedRecord,
  };
}

async function predict(
  { deps, job, read, row, stage, signal, show }: StudentWork,
  { training: { role, task }, record: { student } }: Trained,
  collection: string,
): Promise<Json> {
  const trainer = deps.trainers.of(studentOf(job.facts.students, role));
  const folder = join(deps.checkpoints, `predict-${hashJson([job.id, stage, row.key])}`);
  const model = { sha256: student, bytes: () => deps.artifacts.read(student) };
  const writer = new CollectionWriter(deps.artifacts);
  const { slot, release } = deps.slots.take();
  const asked: string[] = [];
  let answered = 0;
  try {
    await mkdir(folder, { recursive: true });
    const items = blindItems(read.collection<StudentItem>(collection), asked);
    const on = {
      progress: ({ done, total }: { done: number; total: number }) => show(`${done} of ${total} items`),
      ...{ signal, checkpointFolder: folder, slot },
    };
    for await (const prediction of trainer.predict(model, task, items, on)) {
      signal.throwIfAborted();
      if (prediction.id !== asked[answered])
        throw new StudentFault(
          `expected a prediction for "${asked[answered] ?? 'nothing more'}", got one for "${prediction.id}"`,
          false,
        );
      answered += 1;
      await writer.append({ ...prediction } as unknown as Json);
    }
    const wanted = (await read.artifact(collection))?.items ?? 0;
    if (answered !== wanted) throw new StudentFault(`expected ${wanted} predictions, got ${answered}`, false);
    const { sha256 } = await recordCollection(deps, job, `${stage}/predictions/${row.key}`, writer);
    return { student, items: answered, predictions: sha256 };
  } catch (error) {
    await writer.abandon();
    throw error;
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Items without what is to be predicted: a collection may hold gold rows. */
async function* blindItems(items: AsyncIterable<StudentItem>, asked: string[]): AsyncIterable<StudentItem> {
  for await (const { id, text, context, target, question } of items) {
    if (asked.length >= STUDENT_ITEMS_MAX)
      throw new RangeError(`a student is asked for more than ${STUDENT_ITEMS_MAX} predictions at once`);
    asked.push(id);
    yield {
      id,
      ...(text === undefined ? {} : { text }),
      ...(context === undefined ? {} : { context }),
      ...(target === undefined ? {} : { target }),
      ...(question === undefined ? {} : { question }),
    };
  }
}
