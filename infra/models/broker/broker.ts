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

/** Claims wait this long for others, so that a burst is one transaction. Calls claimed ahead bridge it. */
const CLAIM_WINDOW_MS = 4;
const GROUP_ITEMS_MAX = 200;
/** How many calls may be claimed before there is a slot for them, as a share of the job's concurrency. */
const AHEAD_SHARE = 1 / 8;
const AHEAD_MIN = 4;

/** What all batches of a process share. */
export interface BrokerShared {
  readonly db: Database;
  readonly claims: Group<Claim, ClaimAnswer>;
  readonly commits: Group<Entry, boolean>;
  readonly watch: ControlWatch;
  /** Calls of the job in flight. */
  slotsOf(job: string): Slots;
  /** Calls of the job that are claimed, or about to be, and wait for a slot. */
  aheadOf(job: string): Slots;
  resize(job: string, concurrency: number): void;
}

export interface Broker {
  /** Takes the rows of a batch. `held`: another live batch has them; `fenced`: this run was replaced. */
  open(batch: Omit<Lease, 'id'>, facts: BatchFacts): Promise<BatchSession | 'fenced' | 'held'>;
}

export function createBroker(db: Database): Broker {
  const slots = new Map<string, Slots>();
  const ahead = new Map<string, Slots>();
  const slotsOf = (job: string): Slots => remember(slots, job);
  const aheadOf = (job: string): Slots => remember(ahead, job);
  const shared: BrokerShared = {
    db,
    claims: new Group((claims) => claimCalls(db, claims), CLAIM_WINDOW_MS, GROUP_ITEMS_MAX),
    commits: new Group((entries) => commitEntries(db, entries), COMMIT_WINDOW_MS / 2, GROUP_ITEMS_MAX),
    watch: new ControlWatch(db),
    slotsOf,
    aheadOf,
    resize: (job, concurrency) => {
      slotsOf(job).resize(concurrency);
      aheadOf(job).resize(Math.max(AHEAD_MIN, Math.ceil(concurrency * AHEAD_SHARE)));
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

function remember(known: Map<string, Slots>, job: string): Slots {
  const found = known.get(job) ?? new Slots(1);
  known.set(job, found);
  return found;
}
