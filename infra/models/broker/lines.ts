import { Slots } from './slots';

/** Claims are written every few milliseconds: so much work is claimed before there is a slot for it. */
const AHEAD_SECONDS = 0.08;
/** Of the concurrency: what is claimed ahead at least, and at most. */
const AHEAD_SHARE_MIN = 1 / 8;
const AHEAD_SHARE_MAX = 1 / 2;

export interface JobLines {
  /** Calls in flight. */
  readonly slots: Slots;
  /** Calls that are claimed, or being claimed, before they have a slot. */
  readonly ahead: Slots;
}

/** Jobs whose lines are remembered; far more than can have batches here at a time. */
const JOBS_MAX = 1_000;

interface SizedLines extends JobLines {
  sizedAtMs: number;
  served: number;
}

/** The lines in which the calls of each job stand, as wide as the job's concurrency and speed want them. */
export class Lines {
  #batches = 0;
  readonly #jobs = new Map<string, SizedLines>();

  of(job: string): JobLines {
    return this.#linesOf(job);
  }

  #linesOf(job: string): SizedLines {
    const known = this.#jobs.get(job);
    if (known) return known;
    const lines = { slots: new Slots(1), ahead: new Slots(1), sizedAtMs: -Infinity, served: 0 };
    this.#jobs.set(job, lines);
    if (this.#jobs.size > JOBS_MAX) this.#jobs.delete(this.#jobs.keys().next().value!);
    return lines;
  }

  /** Where a batch stands in the lines: behind those that were opened before. */
  nextRank(): number {
    this.#batches += 1;
    return this.#batches;
  }

  /** Called at every look at the wishes of people: at least every 250 ms. */
  resize(job: string, concurrency: number): void {
    const lines = this.#linesOf(job);
    this.#jobs.delete(job); // to the young end: a long job is not forgotten for a thousand short ones
    this.#jobs.set(job, lines);
    const seconds = (performance.now() - lines.sizedAtMs) / 1_000;
    if (seconds > 0.1) {
      const perSecond = (lines.ahead.served - lines.served) / seconds;
      const wanted = Math.max(perSecond * AHEAD_SECONDS, concurrency * AHEAD_SHARE_MIN);
      lines.ahead.resize(Math.ceil(Math.min(wanted, concurrency * AHEAD_SHARE_MAX)));
      lines.sizedAtMs = performance.now();
      lines.served = lines.ahead.served;
    }
    lines.slots.resize(concurrency);
  }
}
