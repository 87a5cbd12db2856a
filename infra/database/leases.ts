import type { Transaction } from 'kysely';
import { putInDoubt } from './budget';
import type { Database } from './open-database';
import { perDialect, PreparedList } from './prepared';
import type { Tables } from './schema';

export interface Lease {
  readonly tenant: string;
  readonly id: string;
  readonly job: string;
  readonly epoch: number;
  readonly stage: string;
  readonly plan: number;
  readonly from: number;
  /** The process that drives the batch. */
  readonly worker: string;
}

/** Holder of the leases behind provider batches: no process, and no run's; they outlive both. */
export const PROVIDER_BATCH_WORKER = 'provider-batch';

/** `held`: a live batch has these rows, or belongs to a run that this one replaced; ask again soon. */
export type LeaseAnswer = 'open' | 'fenced' | 'held';

/**
 * Takes a batch's rows. A batch of a replaced run is refused. Expired leases of the job are ended: what they had sent
 * and not committed becomes in doubt and free to be sent again. While one is alive nobody else sends for its rows.
 */
export async function openLease(
  db: Database,
  lease: Lease,
  livesMs: number,
  now = Date.now(),
): Promise<LeaseAnswer> {
  const { tenant, id, job, epoch, stage, plan, from, worker } = lease;
  return db.transaction().execute(async (tx) => {
    const control = await tx
      .selectFrom('control')
      .select('epoch')
      .where('tenant', '=', tenant)
      .where('job', '=', job)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate()) // one batch of a job opens at a time
      .executeTakeFirstOrThrow();
    if (control.epoch !== epoch) return 'fenced';
    const others = await tx
      .selectFrom('lease')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('job', '=', job)
      .execute();
    for (const other of others) {
      if (other.worker === PROVIDER_BATCH_WORKER) continue; // a newer run goes on with it, and holds none of its rows
      const sameRows =
        other.stage === stage && other.plan === plan && other.from_row === from && other.epoch === epoch;
      if (other.expires_at <= now) await endLease(tx, tenant, other.id);
      else if (sameRows || other.epoch < epoch) return 'held';
    }
    await tx
      .insertInto('lease')
      .values({ tenant, id, job, epoch, stage, plan, from_row: from, worker, expires_at: now + livesMs })
      .execute();
    return 'open';
  });
}

/** Ends a lease once, whoever calls first: the calls it had claimed are in doubt from here on. */
export async function endLease(tx: Transaction<Tables>, tenant: string, id: string): Promise<void> {
  const ended = await tx
    .deleteFrom('lease')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .returning('job')
    .executeTakeFirst();
  if (!ended) return;
  const claimed = await tx
    .selectFrom('call')
    .select((e) => [
      e.fn.countAll<number>().as('calls'),
      e.fn.sum<number | null>('reserved_tokens').as('tokens'),
      e.fn.sum<number | null>('reserved_usd').as('usd'),
    ])
    .where('tenant', '=', tenant)
    .where('lease', '=', id)
    .where('state', '=', 'claimed')
    .executeTakeFirstOrThrow();
  const [calls, tokens, usd] = [Number(claimed.calls), Number(claimed.tokens ?? 0), Number(claimed.usd ?? 0)];
  if (calls > 0) await putInDoubt(tx, { tenant, job: ended.job }, { calls, tokens, usd });
}

export async function closeLease(db: Database, lease: Lease): Promise<void> {
  await db.transaction().execute((tx) => endLease(tx, lease.tenant, lease.id));
}

/** Ends leases that have run out, for instance of a machine that is gone. */
export async function endExpiredLeases(db: Database, now = Date.now()): Promise<void> {
  const expired = await db
    .selectFrom('lease')
    .select(['tenant', 'id'])
    .where('expires_at', '<=', now)
    .execute();
  for (const { tenant, id } of expired) await db.transaction().execute((tx) => endLease(tx, tenant, id));
}

/** Prolongs leases that still exist. */
export async function renewLeases(
  db: Database,
  ids: readonly string[],
  livesMs: number,
  now = Date.now(),
): Promise<void> {
  await db
    .updateTable('lease')
    .set({ expires_at: now + livesMs })
    .where('id', 'in', [...ids])
    .execute();
}

const statements = perDialect((dialect) => ({
  live: new PreparedList<{ id: string }>(
    dialect,
    (ids) => `select id from lease where expires_at > ? and id in (${ids})`,
  ),
  hold: new PreparedList<{ id: string }>(
    dialect,
    (ids) => `select id from lease where id in (${ids})${dialect === 'postgres' ? ' for share' : ''}`,
  ),
}));

/** Which of these leases are alive. */
export async function liveLeases(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  ids: readonly string[],
  now: number,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  return new Set((await statements(dialect).live.run(tx, ids, [now])).map(({ id }) => id));
}

/** Which of these leases stand, and keeps them standing until the transaction ends: SQLite's are one at a time anyway. */
export async function holdLeases(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  ids: readonly string[],
): Promise<Set<string>> {
  return new Set((await statements(dialect).hold.run(tx, ids)).map(({ id }) => id));
}
