import { type Budget } from '../core/job-body';
import { Problem } from '../core/problem';
import type { Block } from '../core/story/vocabulary';
import { readBudget, readControl, writeBudget, writeChoice, writeWish } from '../infra/database/control';
import { changeState, frozenOf, type JobRow } from '../infra/database/jobs';
import { type ApiContext, TENANT } from './context';
import { checkNewBudget } from './estimate-budget';
import { pricedNow } from './job-cost';
import { isClosed } from './job-view';
import { startOf } from './submit-job';

export interface ResumeRequest {
  readonly choice?: string | undefined;
  readonly budget?: Budget | undefined;
}
/** `nothing`: the job was running. `pending`: it goes on as soon as a worker answers. */
export type Resumed = 'done' | 'pending' | 'nothing';

/**
 * One call for everything: paused or blocked goes on; failed, cancelled or terminated gets a new run that reads the
 * ledger. The wish is written first, so that it also holds when nobody answers.
 * @throws Problem `choice-unknown`, `conflict` (succeeded, or a cap below what is spent), `temporal-unavailable`
 */
export async function resumeJob(
  context: ApiContext,
  job: JobRow,
  { choice, budget }: ResumeRequest,
  by: string,
): Promise<Resumed> {
  const { db, workflows } = context;
  if (job.state === 'succeeded')
    throw new Problem('conflict', `job ${job.id} has succeeded; there is nothing to resume.`);
  const block = job.block === null ? undefined : (JSON.parse(job.block) as Block);
  checkChoice(job, block, choice);
  const control = await readControl(db, TENANT, job.id);
  if (budget) await refuseBudget(context, job, budget, true);
  if (budget) await writeBudget(db, TENANT, job.id, budget, by);
  const wanted = job.state === 'running' && control.paused === 0 && control.ending === 0;
  // The database may not know yet that the run was terminated: only Temporal can say that nothing is to be done.
  if (wanted && (await workflows.describe(job.id)).status === 'running') return 'nothing';
  if (block && job.state === 'blocked')
    await writeChoice(db, TENANT, job.id, job.stage ?? '', block.code, choice ?? 'retry', by);
  await writeWish(db, TENANT, job.id, { paused: false, ending: false }, by);
  if (isClosed(job)) await changeState(db, TENANT, job.id, { state: 'queued' });
  try {
    const start = startOf(job.id, frozenOf(job), job.tenant);
    const outcome = await workflows.resume(start, choice === undefined ? {} : { choice });
    if (outcome !== 'completed') return outcome;
  } catch (error) {
    if (isClosed(job)) await restore(context, job);
    throw error;
  }
  if (isClosed(job)) await restore(context, job);
  throw new Problem('conflict', `the workflow of job ${job.id} has finished; there is nothing to resume.`);
}

/** A cap that would block the job again at once, or cannot be kept. @param room see {@link checkNewBudget} */
export async function refuseBudget(
  context: ApiContext,
  job: JobRow,
  budget: Budget,
  room: boolean,
): Promise<void> {
  const models = pricedNow(context, frozenOf(job).models);
  const unpriced = models.flatMap(({ name, priced }) => (priced ? [] : [name]));
  checkNewBudget(job.id, budget, await readBudget(context.db, TENANT, job.id), unpriced, room);
}

async function restore({ db }: ApiContext, { id, state, problem }: JobRow): Promise<void> {
  await changeState(db, TENANT, id, { state, ...(problem === null ? {} : { problem }) });
}

function checkChoice(job: JobRow, block: Block | undefined, choice: string | undefined): void {
  if (choice === undefined) return;
  const known = job.state === 'blocked' && block ? block.choices : [];
  if (known.includes(choice)) return;
  const offered =
    known.length === 0
      ? `none, because the job is ${job.state} and asks nothing`
      : `one of ${known.join(', ')}`;
  throw new Problem('choice-unknown', `choice: expected ${offered}, got "${choice}".`, 'choice');
}
