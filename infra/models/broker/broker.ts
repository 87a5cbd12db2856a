/**
 * The call broker: between a row that wants an answer and a provider stand the ledger (never pay twice), the budget
 * (never exceed the cap), the limiter (never flood) and a person's wishes (pause, cancel, a newer run).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { COMMIT_RETRY_MS, COMMIT_WINDOW_MS, LEASE_MS } from '../../../core/story/limits';
import { isAway } from '../../database/away';
import { claimCalls } from '../../database/claims';
import { commitEntries } from '../../database/commits';
import { Group } from '../../database/group';
import { type Lease, openLease } from '../../database/leases';
import type { Database } from '../../database/open-database';
import { BatchSession, type BatchFacts } from './session';
import type { BrokerShared } from './broker-shared';
import { ControlWatch } from './control-watch';
import { Slots } from './slots';

/** Claims wait this long for others, so that a burst is one transaction. Calls claimed ahead bridge it. */
const CLAIM_WINDOW_MS = 4;
const GROUP_ITEMS_MAX = 200;
/** How many calls may be claimed before there is a slot for them, as a share of the job's concurrency. */
const AHEAD_SHARE = 1 / 8;
const AHEAD_MIN = 1;

export interface Broker {
  /** Takes the rows of a batch. `held`: another live batch has them; `fenced`: this run was replaced. */
  open(batch: Omit<Lease, 'id' | 'worker'>, facts: BatchFacts): Promise<BatchSession | 'fenced' | 'held'>;
}

/** @param worker this process among all workers: a job's concurrency is shared by those that hold leases of it */
export function createBroker(db: Database, worker: string): Broker {
  const slots = new Map<string, Slots>();
  const ahead = new Map<string, Slots>();
  const slotsOf = (job: string): Slots => remember(slots, job);
  const aheadOf = (job: string): Slots => remember(ahead, job);
  const shared: BrokerShared = {
    db,
    claims: new Group((claims) => claimCalls(db, claims), CLAIM_WINDOW_MS, GROUP_ITEMS_MAX),
    commits: new Group(
      (entries) => untilBack(() => commitEntries(db, entries)),
      COMMIT_WINDOW_MS / 2,
      GROUP_ITEMS_MAX,
    ),
    watch: new ControlWatch(db),
    attempts: new Map(),
    slotsOf,
    aheadOf,
    resize: (job, concurrency) => {
      slotsOf(job).resize(concurrency);
      aheadOf(job).resize(Math.max(AHEAD_MIN, Math.ceil(concurrency * AHEAD_SHARE)));
    },
  };
  return {
    async open(batch, facts) {
      const lease: Lease = { ...batch, id: randomUUID(), worker };
      const answer = await openLease(db, lease, LEASE_MS);
      return answer === 'open' ? BatchSession.open(shared, lease, facts) : answer;
    },
  };
}

/** Paid answers are not thrown away for a database that is away for a moment: their commit is tried again. */
async function untilBack<T>(write: () => Promise<T>): Promise<T> {
  const end = Date.now() + COMMIT_RETRY_MS;
  for (let pauseMs = 50; ; pauseMs *= 2) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Error) || !isAway(error) || Date.now() + pauseMs > end) throw error;
      await delay(pauseMs);
    }
  }
}

function remember(known: Map<string, Slots>, job: string): Slots {
  const found = known.get(job) ?? new Slots(1);
  known.set(job, found);
  return found;
}
