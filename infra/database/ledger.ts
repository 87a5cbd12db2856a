/** What a generator writes while its calls are under way. SQLite works on the thread that asks: `workers/` gives it one of its own. */
import type { Exchange } from '../../core/rate-control/shared-limits';
import { changeLimits, type LimitReport } from './limits';
import { closeLease, type Lease, type LeaseAnswer, openLease, renewLeases } from './leases';
import { type LedgerResult, type LedgerWork, writeLedger } from './ledger-writer';
import type { Database } from './open-database';

export interface Ledger {
  write(work: LedgerWork): Promise<LedgerResult>;
  openLease(lease: Lease, livesMs: number): Promise<LeaseAnswer>;
  closeLease(lease: Lease): Promise<void>;
  /** Prolongs leases that still exist. */
  renewLeases(ids: readonly string[], livesMs: number): Promise<void>;
  exchangeLimits(report: LimitReport): Promise<Exchange>;
}

export function ledgerOn(db: Database): Ledger {
  return {
    write: (work) => writeLedger(db, work),
    openLease: (lease, livesMs) => openLease(db, lease, livesMs),
    closeLease: (lease) => closeLease(db, lease),
    renewLeases: (ids, livesMs) => renewLeases(db, ids, livesMs),
    exchangeLimits: (report) => changeLimits(db, report),
  };
}
