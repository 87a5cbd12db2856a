import { hashJson } from '../core/hash';
import { HashCounts } from '../core/hash-counts';
import { type PlannedRow, type RowsStage, stageOf } from '../core/strategy';
import { PLAN_ROWS_MAX } from '../core/story/limits';
import type { Activities, PlanRef, PlanResult } from '../core/story/ports';
import type { Block } from '../core/story/vocabulary';
import { type StoredRow, writePlan } from '../infra/artifacts/plan';
import { readChoice, readControl } from '../infra/database/control';
import { appendEvent } from '../infra/database/events';
import {
  countsOf,
  findStage,
  insertStage,
  listStages,
  readSpending,
  type StageRow,
} from '../infra/database/stages';
import { openRows } from '../core/story/vocabulary';
import type { ActivityDeps } from './deps';
import { type JobContext, loadJob, stageNamed } from './job-context';
import { planStudents } from './plan-students';
import { JobReader } from './reader';
import { readSources } from './sources';

/** Hex digits that are kept of a hash by which equal first requests are counted, and equal keys found. */
const HASH_DIGITS = 16;

/** Writes the immutable list of rows of a stage or tranche, once; a plan that exists is returned as it is. */
export function planStage(deps: ActivityDeps): Activities['planStage'] {
  return async (input) => {
    const job = await loadJob(deps, input.jobId);
    const key = { tenant: job.tenant, job: job.id, stage: input.stage, plan: input.plan };
    const stage = stageNamed(job, input.stage, 'rows', 'train', 'evaluate');
    const { concurrency, priority } = await readControl(deps.db, job.tenant, job.id);
    let row = await findStage(deps.db, key);
    if (!row) {
      const { kind } = stage;
      const { manifest, planned } =
        kind === 'rows'
          ? await writePlan(deps.artifacts, rowsWithDraws(deps, job, input))
          : await planStudents(deps, job, input);
      await insertStage(deps.db, key, { kind, manifest, version: job.version, planned });
      await appendEvent(deps.db, {
        tenant: job.tenant,
        job: job.id,
        kind: 'plan',
        data: { stage: input.stage, plan: input.plan, planned },
      });
      row = (await findStage(deps.db, key))!;
    }
    const block = await codeChanged(deps, job, row);
    const concludes = stage.kind === 'evaluate' || (stage.kind === 'rows' && stage.conclude !== undefined);
    const result: PlanResult = {
      planned: row.planned,
      concurrency,
      priority,
      finished: openRows(countsOf(row)) === 0,
      ...(concludes ? { concludes } : {}),
    };
    return block ? { ...result, block } : result;
  };
}

/** The strategy's rows with their position and their draw: how many earlier rows of the lineage begin alike. */
async function* rowsWithDraws(
  deps: ActivityDeps,
  job: JobContext,
  { stage: name, plan }: PlanRef,
): AsyncIterable<StoredRow> {
  const stage = stageNamed(job, name, 'rows');
  const read = new JobReader(deps, job);
  const seen = await countFirsts(deps, job, name);
  const spent = (other: string) => readSpending(deps.db, job.tenant, job.id, other);
  let position = 0;
  const keys = new HashCounts();
  for await (const planned of stage.plan({ ...job.facts, read, plan, spent })) {
    if (position >= PLAN_ROWS_MAX)
      throw new RangeError(`stage ${name} plans more than ${PLAN_ROWS_MAX} rows at once; use tranches`);
    if (keys.add(hashJson(planned.key).slice(0, HASH_DIGITS)) > 0)
      throw new TypeError(`stage ${name} plans the row "${planned.key}" twice`);
    const first = await firstRequest(stage, job, read, { ...planned, position });
    const draw = first === undefined ? 0 : seen.add(first);
    yield { ...planned, position, draw, ...(first === undefined ? {} : { first }) };
    position += 1;
  }
}

async function firstRequest(
  stage: RowsStage,
  job: JobContext,
  read: JobReader,
  row: PlannedRow & { position: number },
): Promise<string | undefined> {
  const step = stage.step({ ...job.facts, row, sources: await readSources(stage, read, row), replies: [] });
  if (!('call' in step)) return undefined;
  return hashJson([step.call.role, step.call.request]).slice(0, HASH_DIGITS);
}

/** Equal first requests in the lineage's earlier plans. */
async function countFirsts(deps: ActivityDeps, job: JobContext, name: string): Promise<HashCounts> {
  const lineage = stageNamed(job, name, 'rows').lineage ?? name;
  const seen = new HashCounts();
  for (const { stage, manifest } of await listStages(deps.db, job.tenant, job.id)) {
    const other = stageOf(job.strategy, stage);
    if (manifest === null || other?.kind !== 'rows' || (other.lineage ?? stage) !== lineage) continue;
    for await (const { first } of deps.plans.all(manifest)) {
      if (first !== undefined) seen.add(first);
    }
  }
  return seen;
}

/** A plan written by other code or prompts: its open rows would mix two recipes, so a person decides. */
async function codeChanged(deps: ActivityDeps, job: JobContext, row: StageRow): Promise<Block | undefined> {
  if (row.version === job.version || openRows(countsOf(row)) === 0) return undefined;
  if ((await readChoice(deps.db, job.tenant, job.id, row.stage, 'code-changed')) === 'accept')
    return undefined;
  return {
    code: 'code-changed',
    message:
      `stage ${row.stage} was planned by version ${row.version} of the strategy and its prompts; this is ${job.version}. ` +
      'Resume with choice "accept" to do the remaining rows the new way, or fork this job and cancel it: the fork reuses every finished call whose request has not changed.',
    samples: [],
    choices: ['accept'],
  };
}
