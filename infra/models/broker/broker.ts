/**
 * The call broker: between a row that wants an answer and a provider stand the ledger (never pay twice), the budget
 * (never exceed the cap), the limiter (never flood) and a person's wishes (pause, cancel, a newer run).
 */
import { randomUUID } from 'node:crypto';
import { LEASE_MS } from '../../../core/story/limits';
import type { Ledger } from '../../database/ledger';
import type { Lease } from '../../database/leases';
import type { Database } from '../../database/open-database';
import { BatchSession, type BatchFacts } from './session';
import type { BrokerShared } from './broker-shared';
import { ControlWatch } from './control-watch';
import { LedgerQueue } from './ledger-queue';
import { Lines } from './lines';

export interface Broker {
  /** Takes the rows of a batch. `held`: another live batch has them; `fenced`: this run was replaced. */
  open(batch: Omit<Lease, 'id' | 'worker'>, facts: BatchFacts): Promise<BatchSession | 'fenced' | 'held'>;
}

export interface BrokerOptions {
  readonly db: Database;
  /** This process among all workers: a job's concurrency is shared by those that hold leases of it. */
  readonly worker: string;
  readonly ledger: Ledger;
}

export function createBroker({ db, worker, ledger }: BrokerOptions): Broker {
  const shared: BrokerShared = {
    db,
    ledger,
    queue: new LedgerQueue(ledger),
    watch: new ControlWatch(db, ledger),
    attempts: new Map(),
    lines: new Lines(),
  };
  return {
    async open(batch, facts) {
      const lease: Lease = { ...batch, id: randomUUID(), worker };
      const answer = await ledger.openLease(lease, LEASE_MS);
      return answer === 'open' ? BatchSession.open(shared, lease, facts) : answer;
    },
  };
}
