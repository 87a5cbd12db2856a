import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CALLS_PER_ROW_MAX } from '../core/story/limits';
import type { Activities, BatchInput, BatchResult } from '../core/story/ports';
import type { StoredRow } from '../infra/artifacts/plan';
import { readChoice } from '../infra/database/control';
import { writeProblem } from '../infra/database/job-problem';
import { readEnds } from '../infra/database/rows';
import { findStage } from '../infra/database/stages';
import type { Broker } from '../infra/models/broker/broker';
import type { BatchSession, Place } from '../infra/models/broker/session';
import { targetsOf } from '../infra/models/broker/target';
import type { ActivityDeps } from './deps';
import { driveRow, type RowWork } from './drive-row';
import { type JobContext, loadJob, stageNamed } from './job-context';
import { JobReader } from './reader';

/** How often a batch asks whether a dead or replaced batch has let go of its rows. */
const HELD_POLL_MS = 200;

const NOTHING: Omit<BatchResult, 'next'> = { accepted: 0, rejected: 0, failed: 0, tokens: 0, costUsd: 0 };

/** Drives the open rows of a range to their outcomes; comes back early when it must, with the first row still open. */
export function generateBatch(deps: ActivityDeps, broker: Broker): Activities['generateBatch'] {
  const jobs = new JobCache(deps);
  return async (input) => {
    const entry = await jobs.get(input.jobId);
    const { job, read } = entry;
    const session = await openSession(deps, broker, job, input);
    if (session === 'fenced') return { ...NOTHING, next: input.from, stop: 'fenced' };
    // The worker is asked to stop: what is on its way is still committed, the rest is another worker's.
    const { cancellationSignal } = Context.current();
    const handBack = () => session.halt({ why: 'time' });
    cancellationSignal.addEventListener('abort', handBack, { once: true });
    try {
      const result = await driveRows(deps, job, read, session, input);
      await showTrouble(deps, entry, session, result);
      return result;
    } finally {
      cancellationSignal.removeEventListener('abort', handBack);
      await session.close();
    }
  };
}

async function driveRows(
  deps: ActivityDeps,
  job: JobContext,
  read: JobReader,
  session: BatchSession,
  input: BatchInput,
): Promise<BatchResult> {
  const key = { tenant: job.tenant, job: job.id, stage: input.stage, plan: input.plan };
  const stage = await findStage(deps.db, key);
  if (!stage?.manifest) throw new Error(`stage ${input.stage} of job ${job.id} has no plan ${input.plan}`);
  const { ended, reopened } = await readEnds(deps.db, key, input.from, input.to);
  const rows = await deps.plans.range(stage.manifest, input.from, input.to);
  const open = rows.filter(({ position }) => !ended.has(position));
  const work: RowWork = {
    job,
    stage: stageNamed(job, input.stage, 'rows'),
    read,
    session,
    callsMax: CALLS_PER_ROW_MAX,
  };
  const total = { ...NOTHING };
  let firstOpen = input.to;
  const drive = async (row: StoredRow, place: Place) => {
    const end = await driveRow(work, row, place, reopened.get(row.position))
      .catch((error: unknown) => {
        session.halt({ why: 'time' }); // what cannot be written must not be paid for
        throw error;
      })
      .finally(place);
    if (!end) firstOpen = Math.min(firstOpen, row.position);
    else {
      total[end.state] += 1;
      total.tokens += end.tokens;
      total.costUsd += end.costUsd;
    }
  };
  const driven: Promise<void>[] = [];
  // Rows begin in turn with those of other batches, the oldest batch's first: only begun rows take memory.
  for (const row of open) {
    const place = await session.place();
    if (!place) {
      firstOpen = Math.min(firstOpen, row.position);
      continue;
    }
    const running = drive(row, place);
    running.catch(() => undefined); // seen below, with the others
    driven.push(running);
  }
  const results = await Promise.allSettled(driven);
  const thrown = results.find((result) => result.status === 'rejected');
  if (thrown) throw thrown.reason;
  const stop = await session.reason();
  const done = { ...total, ...session.wish };
  if (firstOpen === input.to || !stop) return { ...done, next: firstOpen };
  return {
    ...done,
    next: firstOpen,
    stop: stop.why,
    ...(stop.block ? { block: stop.block } : {}),
    ...(stop.notBeforeMs === undefined ? {} : { notBeforeMs: stop.notBeforeMs }),
  };
}

/** While a provider's gate is shut a running job would look as if it hung: the last fault says why. */
async function showTrouble(
  { db }: ActivityDeps,
  entry: CachedJob,
  { lastFault, hint }: BatchSession,
  { accepted, rejected, stop }: BatchResult,
): Promise<void> {
  if (hint !== undefined && entry.hinted !== hint) {
    entry.hinted = hint;
    await writeProblem(db, entry.job.tenant, entry.job.id, hint);
  }
  const shut = stop === 'gate' && lastFault !== undefined;
  if (!shut && !(entry.troubled && accepted + rejected > 0)) return;
  entry.troubled = shut;
  const problem = shut ? `${lastFault} Trying again by itself.` : null;
  await writeProblem(db, entry.job.tenant, entry.job.id, problem);
}

async function openSession(
  deps: ActivityDeps,
  broker: Broker,
  job: JobContext,
  input: BatchInput,
): Promise<BatchSession | 'fenced'> {
  const { epoch, stage, plan, from } = input;
  const accepted = await readChoice(deps.db, job.tenant, job.id, stage, 'too-many-bad-rows');
  const facts = {
    tenant: job.tenant,
    targets: targetsOf(deps.models, job.frozen.models),
    badRowShareMax: accepted === 'accept' ? 1 : job.strategy.badRowShareMax(job.facts.params),
  };
  const { cancellationSignal } = Context.current();
  for (;;) {
    const session = await broker.open({ tenant: job.tenant, job: job.id, epoch, stage, plan, from }, facts);
    if (session !== 'held') return session;
    await delay(HELD_POLL_MS, undefined, { signal: cancellationSignal });
  }
}

interface CachedJob {
  readonly job: JobContext;
  readonly read: JobReader;
  /** True while the job shows a problem of ours. */
  troubled: boolean;
  /** The last hint that the job has shown. */
  hinted: string | undefined;
}

/** Jobs and their readers, kept over batches: a frozen job never changes, and readers cache what rows point to. */
class JobCache {
  static readonly #JOBS_MAX = 64;
  readonly #jobs = new Map<string, Promise<CachedJob>>();

  constructor(private readonly deps: ActivityDeps) {}

  get(jobId: string): Promise<CachedJob> {
    const known = this.#jobs.get(jobId);
    if (known) return known;
    const loaded = loadJob(this.deps, jobId).then((job) => ({
      job,
      read: new JobReader(this.deps, job),
      troubled: false,
      hinted: undefined,
    }));
    loaded.catch(() => this.#jobs.delete(jobId));
    this.#jobs.set(jobId, loaded);
    if (this.#jobs.size > JobCache.#JOBS_MAX) this.#jobs.delete(this.#jobs.keys().next().value!);
    return loaded;
  }
}
