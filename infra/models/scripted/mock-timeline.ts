/** What happened when: calls that arrived, were answered and were told 429, in short steps since the first call. */

/** Short enough to see a fixed window's bursts, long enough that a day of them fits in memory. */
export const TIMELINE_STEP_MS = 100;

export interface Timeline {
  readonly stepMs: number;
  /** Milliseconds since 1970 of the first call, where step 0 begins; 0 before it. */
  readonly fromMs: number;
  /** Calls by step, as all three; shorter lists end with zeros that nobody wrote. */
  readonly arrivals: readonly number[];
  /** With 200. */
  readonly answered: readonly number[];
  /** With 429. */
  readonly limited: readonly number[];
}

export class TimelineRecorder {
  private fromMs = 0;
  private arrivals: number[] = [];
  private answered: number[] = [];
  private limited: number[] = [];

  arrive(nowMs: number): void {
    if (this.fromMs === 0) this.fromMs = nowMs;
    this.count(this.arrivals, nowMs);
  }

  answer(nowMs: number): void {
    this.count(this.answered, nowMs);
  }

  limit(nowMs: number): void {
    this.count(this.limited, nowMs);
  }

  read(): Timeline {
    const { fromMs, arrivals, answered, limited } = this;
    return { stepMs: TIMELINE_STEP_MS, fromMs, arrivals, answered, limited };
  }

  reset(): void {
    this.fromMs = 0;
    this.arrivals = [];
    this.answered = [];
    this.limited = [];
  }

  /** Answers to calls from before a reset have no place. Lists are filled up: one with holes is slow and prints null. */
  private count(list: number[], nowMs: number): void {
    if (this.fromMs === 0) return;
    const step = Math.max(0, Math.floor((nowMs - this.fromMs) / TIMELINE_STEP_MS));
    while (list.length <= step) list.push(0);
    list[step] = (list[step] ?? 0) + 1;
  }
}
