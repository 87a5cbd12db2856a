/**
 * The call broker: between a row that wants an answer and a provider stand the ledger (never pay twice), the budget
 * (never exceed the cap), the limiter (never flood) and a person's wishes (pause, cancel, a newer run).
 */
import { randomUUID } from 'node:crypto';
import { COMMIT_WINDOW_MS, LEASE_MS } from '../../../core/story/limits';
import { type Claim, type ClaimAnswer, claimCalls } from '../../database/claims';
import { commitEntries, type Entry } from '../../database/commits';
import { Group } from '../../database/group';
import { type Lease, openLease } from '../../database/leases';
import type { Database } from '../../database/open-database';
import { BatchSession, type BatchFacts } from './session';
import { ControlWatch } from './control-watch';
import { Slots } from './slots';

/** Claims wait this long for others, so that a burst is one transaction. */
const CLAIM_WINDOW_MS = 2;
const GROUP_ITEMS_MAX = 200;

/** What all batches of a process share. */
export interface BrokerShared {
  readonly db: Database;
  readonly claims: Group<Claim, ClaimAnswer>;
  readonly commits: Group<Entry, boolean>;
  readonly watch: ControlWatch;
  slotsOf(job: string): Slots;
}

export interface Broker {
  /** Takes the rows of a batch. `held`: another live batch has them; `fenced`: this run was replaced. */
  open(batch: Omit<Lease, 'id'>, facts: BatchFacts): Promise<BatchSession | 'fenced' | 'held'>;
}

export function createBroker(db: Database): Broker {
  const slots = new Map<string, Slots>();
  const shared: BrokerShared = {
    db,
    claims: new Group((claims) => claimCalls(db, claims), CLAIM_WINDOW_MS, GROUP_ITEMS_MAX),
    commits: new Group((entries) => commitEntries(db, entries), COMMIT_WINDOW_MS / 2, GROUP_ITEMS_MAX),
    watch: new ControlWatch(db),
    slotsOf: (job) => {
      const known = slots.get(job) ?? new Slots(1);
      slots.set(job, known);
      return known;
    },
  };
  return {
    async open(batch, facts) {
      const lease: Lease = { ...batch, id: randomUUID() };
      const answer = await openLease(db, lease, LEASE_MS);
      return answer === 'open' ? BatchSession.open(shared, lease, facts) : answer;
    },
  };
}
