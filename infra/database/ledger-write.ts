import type { Transaction } from 'kysely';
import type { FoundLease } from './leases';
import type { Database } from './open-database';
import type { Tables } from './schema';

/** One transaction of the ledger: the budgets of its jobs are locked. */
export interface LedgerWrite {
  readonly tx: Transaction<Tables>;
  readonly dialect: Database['dialect'];
  /** Those of its leases that stand, until it ends. */
  readonly leases: ReadonlyMap<string, FoundLease>;
  readonly now: number;
  /** See {@link LedgerWork}. */
  readonly asOf?: number | undefined;
}
