import { BATCH_ROWS, LANES_MAX } from '../core/story/limits';
import type { RowRange } from '../core/story/ports';

/** The rows of a plan that no batch holds: those never taken, and what batches gave back. */
export class RowRanges {
  readonly #returned: RowRange[];
  readonly #stuck: RowRange[] = [];
  #cursor: number;

  constructor(
    private readonly planned: number,
    { cursor, returned }: { readonly cursor: number; readonly returned: readonly RowRange[] },
  ) {
    this.#cursor = cursor;
    this.#returned = [...returned];
  }

  get open(): boolean {
    return this.#returned.length > 0 || this.#stuck.length > 0 || this.#cursor < this.planned;
  }

  /** What is left, as the next run needs it. */
  get rest(): { cursor: number; returned: RowRange[] } {
    return { cursor: this.#cursor, returned: [...this.#returned, ...this.#stuck] };
  }

  /**
   * Ranges that got nowhere wait for rows of others, or for their provider: fresh rows go before them, unless they are
   * so many that a history would not hold them.
   */
  take(): RowRange | undefined {
    const fresh = this.#cursor < this.planned;
    const rest =
      this.#returned.shift() ?? (fresh && this.#stuck.length < LANES_MAX ? undefined : this.#stuck.shift());
    if (rest || !fresh) return rest;
    const from = this.#cursor;
    this.#cursor = Math.min(from + BATCH_ROWS, this.planned);
    return { from, to: this.#cursor };
  }

  /** @param next the first row that its batch left open */
  giveBack({ from, to }: RowRange, next: number): void {
    if (next < to) (next > from ? this.#returned : this.#stuck).push({ from: next, to });
  }
}
