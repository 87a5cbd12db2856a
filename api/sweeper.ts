/** Puts right what nobody was there for: jobs whose start was lost, workflows that ended behind the job's back. */
import { Problem } from '../core/problem';
import { OPEN_JOBS_MAX } from '../core/story/limits';
import { readControl } from '../infra/database/control';
import { writeProblem } from '../infra/database/job-problem';
import { endExpiredLeases } from '../infra/database/leases';
import {
  changeState,
  findJob,
  frozenOf,
  type JobRow,
  listOpenJobs,
  markStarted,
} from '../infra/database/jobs';
import type { ApiContext } from './context';
import type { WorkflowView } from './job-workflows';
import { isClosed } from './job-view';
import { startOf } from './submit-job';

const SWEEP_MS = 3_000;
/** Temporal is asked about so many jobs at a time. */
const ASKED_AT_ONCE = 8;
/** A job that changed this recently may be on its way: a resumed one has no running workflow for a moment. */
const SETTLED_MS = 10_000;
/** A workflow task that is tried more often than this fails in our own code. */
const TASK_ATTEMPTS_MAX = 3;
const STUCK =
  'workflow-task-failing: the workflow’s code fails and Temporal tries it again; the orchestrator’s log and the Temporal UI say why. It goes on by itself after a fix.';

export interface Sweeper {
  /** One look at all open jobs; joins a sweep that is under way. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

export interface SweeperOptions {
  readonly intervalMs?: number;
  readonly settledMs?: number;
  readonly onError?: (error: unknown) => void;
}

export function createSweeper(
  context: Pick<ApiContext, 'db' | 'workflows'>,
  options: SweeperOptions = {},
): Sweeper {
  const { intervalMs = SWEEP_MS, settledMs = SETTLED_MS, onError = () => undefined } = options;
  let sweeping: Promise<void> | undefined;
  let stopped = false;

  async function sweepOnce(): Promise<void> {
    const jobs = await listOpenJobs(context.db, OPEN_JOBS_MAX);
    const faults: unknown[] = [];
    for (let from = 0; from < jobs.length && !stopped; from += ASKED_AT_ONCE) {
      const asked = jobs.slice(from, from + ASKED_AT_ONCE).map((job) => sweepJob(context, job, settledMs));
      for (const swept of await Promise.allSettled(asked))
        if (swept.status === 'rejected') faults.push(swept.reason);
    }
    await endExpiredLeases(context.db);
    if (faults.length > 0) throw faults[0]; // the other jobs have been looked after
  }
  const sweep = (): Promise<void> => {
    sweeping ??= sweepOnce().finally(() => {
      sweeping = undefined;
    });
    return sweeping;
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => {
      const waitsForTemporal = error instanceof Problem && error.code === 'temporal-unavailable';
      if (!waitsForTemporal) onError(error);
    });
  }, intervalMs);
  return {
    sweep,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping?.catch(() => undefined);
    },
  };
}

async function sweepJob(
  context: Pick<ApiContext, 'db' | 'workflows'>,
  job: JobRow,
  settledMs: number,
): Promise<void> {
  const { db, workflows } = context;
  if (job.started === 0 && job.state === 'queued') return startLost(context, job);
  const view = await workflows.describe(job.id);
  if (view.status === 'running') {
    // A cancel that Temporal never got: the wish is in the database, so it is delivered now.
    if ((await readControl(db, job.tenant, job.id)).ending === 1) await workflows.cancel(job.id);
    return noteStuck(context, job, view);
  }
  if (view.status === 'other' || Date.now() - job.updated_at < settledMs) return;
  const now = await findJob(db, job.tenant, job.id);
  if (!now || isClosed(now) || now.updated_at !== job.updated_at) return;
  const { ending, paused } = await readControl(db, job.tenant, job.id);
  if (job.state === 'queued' && ending === 0 && paused === 0) {
    // Resumed, and its new run never began: the wish stands in the database, so it is carried out now.
    await workflows.resume(startOf(job.id, frozenOf(job), job.tenant), {});
    return;
  }
  const cancelled = view.status === 'cancelled' && ending === 1;
  await changeState(
    db,
    job.tenant,
    job.id,
    cancelled ? { state: 'cancelled' } : { state: 'failed', problem: ended(view) },
  );
}

async function startLost(
  { db, workflows }: Pick<ApiContext, 'db' | 'workflows'>,
  job: JobRow,
): Promise<void> {
  const { ending } = await readControl(db, job.tenant, job.id);
  if (ending === 1) return changeState(db, job.tenant, job.id, { state: 'cancelled' });
  await workflows.start(startOf(job.id, frozenOf(job), job.tenant));
  await markStarted(db, job.tenant, job.id);
}

async function noteStuck({ db }: Pick<ApiContext, 'db'>, job: JobRow, view: WorkflowView): Promise<void> {
  const problem = view.taskAttempt > TASK_ATTEMPTS_MAX ? STUCK : null;
  const noted = job.problem === STUCK;
  if (problem !== null ? !noted : noted) await writeProblem(db, job.tenant, job.id, problem);
}

function ended({ status }: WorkflowView): string {
  const what = status === 'not-found' ? 'Temporal does not know its workflow' : `its workflow is ${status}`;
  return `terminated: ${what}. Nothing finished is lost; resume continues it.`;
}
