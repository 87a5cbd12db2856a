/** Keeps the wishes of people and the state of leases at most 250 ms old, for all batches of this process at once. */
import { CONTROL_AGE_MS, LEASE_MS, PRIORITY_DEFAULT } from '../../../core/story/limits';
import type { Ledger } from '../../database/ledger';
import { PROVIDER_BATCH_WORKER, type Lease } from '../../database/leases';
import type { Database } from '../../database/open-database';

export interface Watched {
  readonly lease: Lease;
  /** Called after every look; `fenced` when the lease is gone or the job has a newer run. */
  seen(state: ControlState): void;
}

export interface ControlState {
  readonly fenced: boolean;
  readonly paused: boolean;
  readonly concurrency: number;
  /** Of that, what this process may use. */
  readonly share: number;
  readonly priority: number;
  /** Ended and bad rows of the lease's stage, over all its plans. */
  readonly ended: number;
  readonly bad: number;
}

export class ControlWatch {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> | undefined;
  #lookedAt = 0;
  #renewedAt = 0;

  constructor(
    private readonly db: Database,
    private readonly ledger: Pick<Ledger, 'renewLeases'>,
  ) {}

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => void this.look().catch(() => undefined), CONTROL_AGE_MS);
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Resolves when what was last seen is fresh enough to send by. */
  async fresh(): Promise<void> {
    if (Date.now() - this.#lookedAt > 2 * CONTROL_AGE_MS) await this.look();
  }

  look(): Promise<void> {
    this.#look ??= this.#read().finally(() => (this.#look = undefined));
    return this.#look;
  }

  async #read(): Promise<void> {
    const watched = [...this.#watched];
    if (watched.length === 0) return;
    const began = Date.now();
    const jobs = [...new Set(watched.map(({ lease }) => lease.job))];
    const tenants = [...new Set(watched.map(({ lease }) => lease.tenant))]; // every key begins with it
    await this.#renew(watched, began);
    const leases = await this.#liveLeases(tenants, jobs, began);
    const controls = await this.db
      .selectFrom('control')
      .selectAll()
      .where('tenant', 'in', tenants)
      .where('job', 'in', jobs)
      .execute();
    const stages = await this.db
      .selectFrom('stage')
      .select((e) => [
        'job',
        'stage',
        e.fn.sum<number>('bad').as('bad'),
        e.fn.sum<number>(e('accepted', '+', e('rejected', '+', e.ref('failed')))).as('ended'),
      ])
      .where('tenant', 'in', tenants)
      .where('job', 'in', jobs)
      .groupBy(['job', 'stage'])
      .execute();
    this.#lookedAt = began;
    for (const each of watched) {
      const { id, job, stage, epoch } = each.lease;
      const control = controls.find((row) => row.job === job);
      const counts = stages.find((row) => row.job === job && row.stage === stage);
      each.seen({
        fenced: !leases.some((lease) => lease.id === id) || control?.epoch !== epoch,
        paused: control?.paused === 1 || control?.ending === 1,
        concurrency: control?.concurrency ?? 1,
        share: shareOf(control?.concurrency ?? 1, leases, each.lease),
        priority: control?.priority ?? PRIORITY_DEFAULT,
        ended: Number(counts?.ended ?? 0),
        bad: Number(counts?.bad ?? 0),
      });
    }
  }

  async #renew(watched: readonly Watched[], now: number): Promise<void> {
    if (now - this.#renewedAt <= LEASE_MS / 5) return;
    const ids = watched.map(({ lease }) => lease.id);
    await this.ledger.renewLeases(ids, LEASE_MS);
    this.#renewedAt = now;
  }

  #liveLeases(tenants: readonly string[], jobs: readonly string[], now: number): Promise<LiveLease[]> {
    return this.db
      .selectFrom('lease')
      .select(['id', 'job', 'worker'])
      .where('tenant', 'in', [...tenants])
      .where('job', 'in', [...jobs])
      .where('expires_at', '>', now)
      .where('worker', '!=', PROVIDER_BATCH_WORKER)
      .execute();
  }
}

interface LiveLease {
  readonly id: string;
  readonly job: string;
  readonly worker: string;
}

/** This process's part of a job's concurrency: the processes that hold leases of the job share it evenly. */
function shareOf(concurrency: number, leases: readonly LiveLease[], mine: Lease): number {
  const workers = new Set(leases.filter(({ job }) => job === mine.job).map(({ worker }) => worker));
  workers.add(mine.worker);
  const rank = [...workers].sort().indexOf(mine.worker);
  const even = Math.floor(concurrency / workers.size);
  return Math.max(1, even + (rank < concurrency % workers.size ? 1 : 0));
}
