import type { Claim, ClaimAnswer } from '../../database/claims';
import type { Entry } from '../../database/commits';
import type { Group } from '../../database/group';
import type { Database } from '../../database/open-database';
import type { ControlWatch } from './control-watch';
import type { Slots } from './slots';

/** What all batches of a process share. */
export interface BrokerShared {
  readonly db: Database;
  readonly claims: Group<Claim, ClaimAnswer>;
  readonly commits: Group<Entry, boolean>;
  readonly watch: ControlWatch;
  /** Attempts of calls that have failed so far, by key: they outlive the batch that made them. */
  readonly attempts: Map<string, number>;
  /** Calls of a job in flight. */
  slotsOf(job: string): Slots;
  /** Calls of a job that are claimed, or being claimed, before they have a slot. */
  aheadOf(job: string): Slots;
  /** The job's concurrency, as it is wished now. */
  resize(job: string, concurrency: number): void;
}
