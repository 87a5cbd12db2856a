import type { Selectable, Transaction, Updateable } from 'kysely';
import { canonicalJson } from '../../core/json';
import type { Budget, FrozenJob } from '../../core/job-body';
import { Problem } from '../../core/problem';
import { PRIORITY_DEFAULT } from '../../core/story/limits';
import type { Block, JobState } from '../../core/story/vocabulary';
import { appendEvent } from './events';
import type { Database } from './open-database';
import type { Tables } from './schema';

export type JobRow = Selectable<Tables['job']>;

export interface NewJob {
  readonly tenant: string;
  readonly id: string;
  readonly frozen: FrozenJob;
  readonly concurrency: number;
  /** Of the request: the same key with the same body gives the same job. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  /** The job that this one is a changed copy of. */
  readonly forkedFrom?: string;
}

/**
 * Writes job, control and budget in one transaction; nothing has been started yet.
 * @returns the id of the job that this or an earlier request with the same key made.
 * @throws Problem `conflict` when the key was used for another body.
 */
export async function insertJob(
  db: Database,
  job: NewJob,
  now = Date.now(),
): Promise<{ id: string; created: boolean }> {
  const { tenant, id, frozen, idempotency, forkedFrom } = job;
  return db.transaction().execute(async (tx) => {
    const earlier = idempotency && (await claimKey(tx, tenant, idempotency, id, now));
    if (earlier !== undefined) return { id: earlier, created: false };
    await tx
      .insertInto('job')
      .values({
        tenant,
        id,
        strategy: frozen.strategy,
        model: Object.values(frozen.models)[0] ?? '',
        state: 'queued',
        frozen: canonicalJson(frozen),
        stage: null,
        block: null,
        problem: null,
        summary: null,
        forked_from: forkedFrom ?? null,
        started: 0,
        created_at: now,
        started_at: null,
        finished_at: null,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('control')
      .values({
        tenant,
        job: id,
        epoch: 0,
        run_id: null,
        paused: 0,
        ending: 0,
        concurrency: job.concurrency,
        priority: PRIORITY_DEFAULT,
      })
      .execute();
    await tx
      .insertInto('budget')
      .values({ tenant, job: id, ...caps(frozen.budget), ...NOTHING_SPENT })
      .execute();
    await appendEvent(
      tx,
      {
        ...{ tenant, job: id, kind: 'created' },
        data: { strategy: frozen.strategy, models: frozen.models, forkedFrom },
      },
      now,
    );
    if (forkedFrom !== undefined)
      await appendEvent(tx, { tenant, job: forkedFrom, kind: 'forked', data: { to: id } }, now);
    return { id, created: true };
  });
}

/** @returns the job that this key has made before, if it has. @throws Problem `conflict` */
async function claimKey(
  tx: Transaction<Tables>,
  tenant: string,
  { key, bodyHash }: { key: string; bodyHash: string },
  job: string,
  now: number,
): Promise<string | undefined> {
  const fresh = await tx
    .insertInto('idempotency')
    .values({ tenant, key, body_hash: bodyHash, job, at: now })
    .onConflict((c) => c.doNothing())
    .returning('key')
    .executeTakeFirst();
  if (fresh) return undefined;
  const earlier = await tx
    .selectFrom('idempotency')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (earlier.body_hash === bodyHash) return earlier.job;
  throw new Problem(
    'conflict',
    `Idempotency-Key "${key}" was used for job ${earlier.job} with another body; use a new key.`,
  );
}

const NOTHING_SPENT = {
  calls_spent: 0,
  tokens_spent: 0,
  usd_spent: 0,
  calls_reserved: 0,
  tokens_reserved: 0,
  usd_reserved: 0,
  calls_in_doubt: 0,
  tokens_in_doubt: 0,
  usd_in_doubt: 0,
  input_tokens: 0,
  output_tokens: 0,
  calls_reused: 0,
  calls_repeated: 0,
};

export function caps(budget: Budget | undefined) {
  return {
    calls_max: budget?.calls ?? null,
    tokens_max: budget?.tokens ?? null,
    usd_max: budget?.usd ?? null,
  };
}

export async function findJob(db: Database, tenant: string, id: string): Promise<JobRow | undefined> {
  return db
    .selectFrom('job')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** @throws Problem `job-not-found` */
export async function readJob(db: Database, tenant: string, id: string): Promise<JobRow> {
  const row = await findJob(db, tenant, id);
  if (!row)
    throw new Problem('job-not-found', `there is no job "${id}"; GET /v1/jobs lists those there are.`);
  return row;
}

/** The tenant of a job id: ids are unique over all tenants, and activities are given only the id. */
export async function readJobById(db: Database, id: string): Promise<JobRow> {
  const row = await db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new Problem('job-not-found', `there is no job "${id}" in this database.`);
  return row;
}

export function frozenOf(row: Pick<JobRow, 'frozen'>): FrozenJob {
  return JSON.parse(row.frozen) as FrozenJob;
}

export interface JobFilter {
  readonly state?: JobState;
  readonly strategy?: string;
  /** Only jobs with a smaller id: ids sort by creation within a strategy, `created_at` decides over all. */
  readonly before?: { readonly createdAt: number; readonly id: string };
  readonly limit: number;
}

/** Newest first. */
export async function listJobs(db: Database, tenant: string, filter: JobFilter): Promise<JobRow[]> {
  let query = db.selectFrom('job').selectAll().where('tenant', '=', tenant);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.strategy) query = query.where('strategy', '=', filter.strategy);
  const before = filter.before;
  if (before) {
    query = query.where((e) =>
      e.or([
        e('created_at', '<', before.createdAt),
        e.and([e('created_at', '=', before.createdAt), e('id', '<', before.id)]),
      ]),
    );
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(filter.limit).execute();
}

export interface StateChange {
  readonly state: JobState;
  readonly stage?: string;
  readonly block?: Block;
  /** Why it failed. */
  readonly problem?: string;
  readonly summary?: unknown;
}

/** Makes a state visible, with its event. The database decides what a job's state is. */
export async function changeState(
  db: Database,
  tenant: string,
  job: string,
  change: StateChange,
  now = Date.now(),
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('job')
      .select(['state', 'started_at'])
      .where('tenant', '=', tenant)
      .where('id', '=', job)
      .executeTakeFirst();
    if (!before || before.state === 'succeeded') return; // succeeded is final
    const closed = change.state === 'succeeded' || change.state === 'failed' || change.state === 'cancelled';
    const update: Updateable<Tables['job']> = {
      state: change.state,
      block: change.block ? JSON.stringify(change.block) : null,
      problem: change.problem ?? null,
      finished_at: closed ? now : null,
      updated_at: now,
      ...(change.stage === undefined ? {} : { stage: change.stage }),
      ...(change.summary === undefined ? {} : { summary: JSON.stringify(change.summary) }),
      ...(before.started_at === null && change.state === 'running' ? { started_at: now } : {}),
    };
    await tx.updateTable('job').set(update).where('tenant', '=', tenant).where('id', '=', job).execute();
    const data = { stage: change.stage, block: change.block, problem: change.problem };
    if (before.state !== change.state || change.block)
      await appendEvent(tx, { tenant, job, kind: change.state, data }, now);
  });
}

/** Jobs whose workflow may need the sweeper: accepted but never started, or open. */
export async function listOpenJobs(db: Database, limit: number): Promise<JobRow[]> {
  return db
    .selectFrom('job')
    .selectAll()
    .where('state', 'in', ['queued', 'running', 'paused', 'blocked'])
    .orderBy('updated_at', 'asc')
    .limit(limit)
    .execute();
}

export async function countOpenJobs(db: Database, tenant: string): Promise<number> {
  const row = await db
    .selectFrom('job')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('tenant', '=', tenant)
    .where('state', 'in', ['queued', 'running', 'paused', 'blocked'])
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export async function markStarted(db: Database, tenant: string, job: string): Promise<void> {
  await db
    .updateTable('job')
    .set({ started: 1 })
    .where('tenant', '=', tenant)
    .where('id', '=', job)
    .execute();
}
