import type { Transaction } from 'kysely';
import { lockBudgets, putInDoubt } from './budget';
import { idsByTenant } from './ids-by-tenant';
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
      if (other.expires_at <= now) await endLease(tx, db.dialect, other);
      else if (sameRows || other.epoch < epoch) return 'held';
    }
    await tx
      .insertInto('lease')
      .values({ tenant, id, job, epoch, stage, plan, from_row: from, worker, expires_at: now + livesMs })
      .execute();
    return 'open';
  });
}

/** What of a lease its end needs. */
export type LeaseRef = Pick<Lease, 'tenant' | 'id' | 'job'>;

/** Ends a lease once, whoever calls first: the calls it had claimed are in doubt from here on. */
async function endLease(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  lease: LeaseRef,
  expiredBy = Infinity,
): Promise<void> {
  const { tenant, id } = lease;
  await lockBudgets(tx, dialect, [lease]);
  const ended = await tx
    .deleteFrom('lease')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .$if(expiredBy < Infinity, (query) => query.where('expires_at', '<=', expiredBy))
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
  if (calls > 0) await putInDoubt(tx, lease, { calls, tokens, usd });
}

/**
 * Ends a lease that has run out, unless it was prolonged meanwhile.
 * @returns whether it is gone: what it had claimed may be taken over
 */
export async function endExpiredLease(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  lease: LeaseRef,
  now: number,
): Promise<boolean> {
  await endLease(tx, dialect, lease, now);
  const left = await tx
    .selectFrom('lease')
    .select('id')
    .where('tenant', '=', lease.tenant)
    .where('id', '=', lease.id)
    .executeTakeFirst();
  return left === undefined;
}

export async function closeLease(db: Database, lease: LeaseRef): Promise<void> {
  await db.transaction().execute((tx) => endLease(tx, db.dialect, lease));
}

/** Ends leases that have run out, for instance of a machine that is gone. */
export async function endExpiredLeases(db: Database, now = Date.now()): Promise<void> {
  const expired = await db
    .selectFrom('lease')
    .select(['tenant', 'id', 'job'])
    .where('expires_at', '<=', now)
    .execute();
  for (const lease of expired) await db.transaction().execute((tx) => endLease(tx, db.dialect, lease, now));
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
    .where('id', 'in', (e) =>
      e
        .selectFrom('lease')
        .select('id')
        .where('id', 'in', [...ids])
        .orderBy('id')
        .$if(db.dialect === 'postgres', (query) => query.forUpdate()),
    )
    .execute();
}

/** A lease as the ledger has it, alive or not. */
export interface FoundLease extends LeaseRef {
  readonly expiresAt: number;
}

type LeaseRow = { id: string; job: string; expires_at: number };

const statements = perDialect((dialect) => {
  const select = (ids: string) => `select id, job, expires_at from lease where tenant = ? and id in (${ids})`;
  const hold = dialect === 'postgres' ? ' order by id for share' : '';
  return {
    find: new PreparedList<LeaseRow>(dialect, select),
    hold: new PreparedList<LeaseRow>(dialect, (ids) => select(ids) + hold),
  };
});

/** Which of these leases stand, by id. */
export async function findLeases(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  leases: Iterable<Pick<Lease, 'tenant' | 'id'>>,
  how: 'find' | 'hold' = 'find',
): Promise<Map<string, FoundLease>> {
  const found = new Map<string, FoundLease>();
  for (const [tenant, ids] of idsByTenant(leases)) {
    for (const { id, job, expires_at } of await statements(dialect)[how].run(tx, ids, [tenant]))
      found.set(id, { tenant, id, job, expiresAt: expires_at });
  }
  return found;
}

/** The same, and keeps them standing until the transaction ends: SQLite's are one at a time anyway. */
export function holdLeases(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  leases: Iterable<Pick<Lease, 'tenant' | 'id'>>,
): Promise<Map<string, FoundLease>> {
  return findLeases(tx, dialect, leases, 'hold');
}
