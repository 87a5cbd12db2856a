interface Waiting {
  readonly signal: AbortSignal;
  readonly enter: (leave: () => void) => void;
  readonly refuse: (reason: unknown) => void;
}

/** Who comes before everybody else: a call that is sent again, whose batch waits for it. */
export const FIRST = 0;

/** A count of calls whose size may change at any time: lowest rank first, and first come, first served within a rank. */
export class Slots {
  #inUse = 0;
  /** How many have entered so far. */
  served = 0;
  /** Lines by rank, lowest first; few, because a rank is a batch. */
  readonly #lines: { readonly rank: number; readonly waiting: Set<Waiting> }[] = [];
  /** One listener a signal: hundreds of rows of a batch wait on the same one. */
  readonly #heard = new WeakSet<AbortSignal>();

  constructor(private size: number) {}

  resize(size: number): void {
    this.size = size;
    this.#admit();
  }

  /** @returns a function that frees the slot, once. @throws the signal's reason when it is aborted first */
  acquire(signal: AbortSignal, rank: number): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const ahead = this.#lines[0];
    if (this.#inUse < this.size && (!ahead || ahead.rank > rank)) return Promise.resolve(this.#take());
    return new Promise((enter, refuse) => {
      this.#hear(signal);
      this.#lineOf(rank).add({ signal, enter, refuse });
      this.#admit();
    });
  }

  #lineOf(rank: number): Set<Waiting> {
    let at = 0;
    while (at < this.#lines.length && this.#lines[at]!.rank < rank) at += 1;
    const found = this.#lines[at];
    if (found?.rank === rank) return found.waiting;
    const waiting = new Set<Waiting>();
    this.#lines.splice(at, 0, { rank, waiting });
    return waiting;
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
    while (this.#inUse < this.size) {
      const line = this.#lines[0];
      if (!line) return;
      const [waiting] = line.waiting;
      if (waiting) {
        line.waiting.delete(waiting);
        waiting.enter(this.#take());
      }
      if (line.waiting.size === 0) this.#lines.shift();
    }
  }

  #hear(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    const turnAway = (): void => {
      for (const { waiting: line } of this.#lines) {
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
