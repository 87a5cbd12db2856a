import type { Json } from '../core/json';
import { STUDENT_ROWS_MAX } from '../core/story/limits';
import type { PlanRef } from '../core/story/ports';
import type { PlannedRow } from '../core/strategy';
import { type StoredRow, writePlan } from '../infra/artifacts/plan';
import { readSpending } from '../infra/database/stages';
import type { ActivityDeps } from './deps';
import { type JobContext, stageNamed } from './job-context';
import { JobReader } from './reader';
import { StageCollections } from './stage-collections';

/** The trainings or evaluations of a stage; what is written for them is recorded before the plan is. */
export async function planStudents(
  deps: ActivityDeps,
  job: JobContext,
  { stage: name, plan }: PlanRef,
): Promise<{ manifest: string; planned: number }> {
  const stage = stageNamed(job, name, 'train', 'evaluate');
  const collections = new StageCollections(deps, job, name);
  const read = new JobReader(deps, job);
  const spent = (other: string) => readSpending(deps.db, job.tenant, job.id, other);
  try {
    const rows: AsyncIterable<PlannedRow<unknown>> = stage.plan({
      ...job.facts,
      read,
      plan,
      spent,
      write: collections.write,
    });
    const written = await writePlan(deps.artifacts, inOrder(name, rows));
    await collections.record();
    return written;
  } finally {
    await collections.abandon();
  }
}

async function* inOrder(stage: string, rows: AsyncIterable<PlannedRow<unknown>>): AsyncIterable<StoredRow> {
  const keys = new Set<string>();
  for await (const planned of rows) {
    if (keys.size >= STUDENT_ROWS_MAX)
      throw new RangeError(`stage ${stage} plans more than ${STUDENT_ROWS_MAX} students`);
    if (keys.has(planned.key)) throw new TypeError(`stage ${stage} plans the row "${planned.key}" twice`);
    yield { ...planned, data: planned.data as Json, position: keys.size, draw: 0 };
    keys.add(planned.key);
  }
}
