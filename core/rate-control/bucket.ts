/** A bucket that fills at a steady rate: what may be sent now, and when the next may. */
export class Bucket {
  #level: number;
  #filledAtMs: number;
  #perSecond: number | null = null;

  /**
   * @param burstSeconds how much it holds: late timers are made up for, and no more
   * @param level what it holds at first; workers that start with different levels do not send in step
   */
  constructor(
    private readonly burstSeconds: number,
    nowMs: number,
    level = 1,
  ) {
    this.#level = level;
    this.#filledAtMs = nowMs;
  }

  /** @param perSecond null: no limit */
  setRate(perSecond: number | null, nowMs: number): void {
    this.#fill(nowMs);
    this.#perSecond = perSecond;
  }

  /** Milliseconds until an amount may be taken; 0 for now. An amount above what it holds goes when it is full. */
  waitMs(amount: number, nowMs: number): number {
    if (this.#perSecond === null) return 0;
    this.#fill(nowMs);
    const missing = Math.min(amount, this.#capacity()) - this.#level;
    return missing <= 1e-9 ? 0 : (missing / this.#perSecond) * 1_000;
  }

  /** Takes an amount, or gives a negative one back; the level may go below zero. */
  take(amount: number): void {
    if (this.#perSecond !== null) this.#level -= amount;
  }

  #capacity(): number {
    return Math.max(1, (this.#perSecond ?? 0) * this.burstSeconds);
  }

  #fill(nowMs: number): void {
    // A clock that jumps fills it once at most, and never empties it.
    const seconds = Math.max(0, nowMs - this.#filledAtMs) / 1_000;
    this.#filledAtMs = nowMs;
    if (this.#perSecond === null) return;
    this.#level = Math.min(this.#capacity(), this.#level + seconds * this.#perSecond);
  }
}
