/** A first-come-first-served count of calls in flight whose size may change at any time. */
export class Slots {
  #inUse = 0;
  #waiting = new Set<() => void>();

  constructor(private size: number) {}

  resize(size: number): void {
    this.size = size;
    this.#admit();
  }

  /** @returns a function that frees the slot, once. @throws the signal's reason when it is aborted first */
  acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        this.#inUse += 1;
        let held = true;
        resolve(() => {
          if (!held) return;
          held = false;
          this.#inUse -= 1;
          this.#admit();
        });
      };
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(enter);
      this.#admit();
    });
  }

  #admit(): void {
    for (const enter of this.#waiting) {
      if (this.#inUse >= this.size) return;
      this.#waiting.delete(enter);
      enter();
    }
  }
}
