import {
  type Ceilings,
  type Exchange,
  exchangeLimits,
  type Report,
  type SharedLimits,
} from '../../core/rate-control/shared-limits';
import { sql, type Transaction } from 'kysely';
import type { Database } from './open-database';
import type { Tables } from './schema';

/** One worker's report to the shared limits of a provider. */
export interface LimitReport {
  readonly provider: string;
  readonly worker: string;
  readonly ceilings: Ceilings;
  readonly reports: readonly Report[];
}

/** A provider's limits hold for its key, whoever calls: they belong to no tenant. */
const EVERY_TENANT = '*';
/** All models of a provider are one row: its configured limits are shared by them. */
const ALL_MODELS = '*';

/** Workers on several machines have several clocks: on Postgres its own counts. */
async function storeTime(tx: Transaction<Tables>, dialect: Database['dialect']): Promise<number> {
  if (dialect === 'sqlite') return Date.now();
  const { rows } = await sql<{
    ms: string;
  }>`select floor(extract(epoch from clock_timestamp()) * 1000) as ms`.execute(tx);
  return Number(rows[0]!.ms);
}

/** Changes what all workers know of a provider, one worker at a time. */
export async function changeLimits(
  db: Database,
  { provider, worker, ceilings, reports }: LimitReport,
): Promise<Exchange> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('limiter')
      .select('data')
      .where('tenant', '=', EVERY_TENANT)
      .where('provider', '=', provider)
      .where('model', '=', ALL_MODELS)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirst();
    const nowMs = await storeTime(tx, db.dialect);
    const before = row ? (JSON.parse(row.data) as SharedLimits) : undefined;
    const exchange = exchangeLimits(before, worker, ceilings, reports, nowMs);
    const data = JSON.stringify(exchange.state);
    const at = nowMs;
    await tx
      .insertInto('limiter')
      .values({ tenant: EVERY_TENANT, provider, model: ALL_MODELS, data, at })
      .onConflict((c) => c.columns(['tenant', 'provider', 'model']).doUpdateSet({ data, at }))
      .execute();
    return exchange;
  });
}
