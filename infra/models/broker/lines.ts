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

/** The lines in which the calls of each job stand, as wide as the job's concurrency and speed want them. */
export class Lines {
  #batches = 0;
  readonly #jobs = new Map<string, JobLines & { sizedAtMs: number; served: number }>();

  of(job: string): JobLines {
    const known = this.#jobs.get(job);
    if (known) return known;
    const lines = { slots: new Slots(1), ahead: new Slots(1), sizedAtMs: performance.now(), served: 0 };
    this.#jobs.set(job, lines);
    return lines;
  }

  /** Where a batch stands in the lines: behind those that were opened before. */
  nextRank(): number {
    this.#batches += 1;
    return this.#batches;
  }

  /** Called at every look at the wishes of people: at least every 250 ms. */
  resize(job: string, concurrency: number): void {
    const lines = this.#jobs.get(job) ?? this.of(job);
    const mine = this.#jobs.get(job)!;
    const seconds = (performance.now() - mine.sizedAtMs) / 1_000;
    if (seconds > 0.1) {
      const perSecond = (lines.ahead.served - mine.served) / seconds;
      const wanted = Math.max(perSecond * AHEAD_SECONDS, concurrency * AHEAD_SHARE_MIN);
      lines.ahead.resize(Math.ceil(Math.min(wanted, concurrency * AHEAD_SHARE_MAX)));
      mine.sizedAtMs = performance.now();
      mine.served = lines.ahead.served;
    }
    lines.slots.resize(concurrency);
  }
}
