interface Waiting {
  readonly signal: AbortSignal;
  readonly enter: (leave: () => void) => void;
  readonly refuse: (reason: unknown) => void;
}

/** A count of calls whose size may change at any time: first come, first served, and before them who was here before. */
export class Slots {
  #inUse = 0;
  /** How many have entered so far. */
  served = 0;
  readonly #again = new Set<Waiting>();
  readonly #waiting = new Set<Waiting>();
  /** One listener a signal: hundreds of rows of a batch wait on the same one. */
  readonly #heard = new WeakSet<AbortSignal>();

  constructor(private size: number) {}

  resize(size: number): void {
    this.size = size;
    this.#admit();
  }

  /**
   * @param again true for a call that is sent again: its batch waits for it, and is not to wait for younger ones
   * @returns a function that frees the slot, once. @throws the signal's reason when it is aborted first
   */
  acquire(signal: AbortSignal, again = false): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const line = again ? this.#again : this.#waiting;
    if (this.#again.size + line.size === 0 && this.#inUse < this.size) return Promise.resolve(this.#take());
    return new Promise((enter, refuse) => {
      this.#hear(signal);
      line.add({ signal, enter, refuse });
      this.#admit();
    });
  }

  #take(): () => void {
    this.#inUse += 1;
    this.served += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#inUse -= 1;
      this.#admit();
    };
  }

  #admit(): void {
    for (const line of [this.#again, this.#waiting]) {
      for (const waiting of line) {
        if (this.#inUse >= this.size) return;
        line.delete(waiting);
        waiting.enter(this.#take());
      }
    }
  }

  #hear(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    const turnAway = (): void => {
      for (const line of [this.#again, this.#waiting]) {
        for (const waiting of line) {
          if (waiting.signal !== signal) continue;
          line.delete(waiting);
          waiting.refuse(signal.reason);
        }
      }
    };
    signal.addEventListener('abort', turnAway, { once: true });
  }
}
