/** Runs callbacks a fixed time after they were added, in order, with one timer for all of them. */
export class DelayLine {
  private waiting: { readonly dueMs: number; readonly run: () => void }[] = [];
  private head = 0;
  private armed = false;

  constructor(readonly delayMs: number) {}

  add(run: () => void): void {
    if (this.delayMs <= 0) {
      run();
      return;
    }
    this.waiting.push({ dueMs: performance.now() + this.delayMs, run });
    if (!this.armed) this.arm(this.delayMs);
  }

  private arm(inMs: number): void {
    this.armed = true;
    setTimeout(() => this.flush(), inMs);
  }

  private flush(): void {
    this.armed = false;
    const nowMs = performance.now();
    let next = this.waiting[this.head];
    while (next !== undefined && next.dueMs <= nowMs) {
      this.head += 1;
      next.run();
      next = this.waiting[this.head];
    }
    if (next !== undefined) this.arm(Math.max(1, next.dueMs - nowMs));
    // Dropping the served half at a time keeps the cost of each entry constant.
    if (this.head > this.waiting.length / 2) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
  }
}
