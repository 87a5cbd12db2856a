import type { Ledger } from '../../database/ledger';
import type { Database } from '../../database/open-database';
import type { ControlWatch } from './control-watch';
import type { LedgerQueue } from './ledger-queue';
import type { Lines } from './lines';

/** What all batches of a process share. */
export interface BrokerShared {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly queue: LedgerQueue;
  readonly watch: ControlWatch;
  /** Attempts of calls that have failed so far, by key: they outlive the batch that made them. */
  readonly attempts: Map<string, number>;
  readonly lines: Lines;
}
