interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes many small requests as one: entries that come within a window share one transaction. */
export class Group<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  /**
   * @param write gets up to `itemsMax` items and returns one result for each, in order
   * @param windowMs how long the first entry of a group waits for others
   */
  constructor(
    private readonly write: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly windowMs: number,
    private readonly itemsMax: number,
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#waiting.length >= this.itemsMax) void this.#flush();
      else this.#timer ??= setTimeout(() => void this.#flush(), this.windowMs);
    });
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) return; // the running flush takes them afterwards
    this.#running = true;
    try {
      while (this.#waiting.length > 0) await this.#writeOnce(this.#waiting.splice(0, this.itemsMax));
    } finally {
      this.#running = false;
    }
  }

  async #writeOnce(entries: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.write(entries.map(({ item }) => item));
      entries.forEach(({ resolve }, i) => resolve(results[i]!));
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  }
}
