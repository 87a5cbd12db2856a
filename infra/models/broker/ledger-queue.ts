import { setTimeout as delay } from 'node:timers/promises';
import { COMMIT_RETRY_MS, COMMIT_WINDOW_MS } from '../../../core/story/limits';
import { isAway } from '../../database/away';
import type { Claim, ClaimAnswer } from '../../database/claims';
import type { Entry } from '../../database/commits';
import type { Ledger } from '../../database/ledger';
import type { LedgerResult, LedgerWork } from '../../database/ledger-writer';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction takes as many claims and answers as came within this time; calls claimed ahead bridge it. */
const WINDOW_MS = COMMIT_WINDOW_MS / 2;
/** More than this is not left to wait. */
const ITEMS_MAX = 256;

/** Claims and answers of all rows of this process, written together: one transaction at a time. */
export class LedgerQueue {
  #claims: Waiting<Claim, ClaimAnswer>[] = [];
  #entries: Waiting<Entry, boolean>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing = false;

  constructor(private readonly ledger: Pick<Ledger, 'write'>) {}

  claim(item: Claim): Promise<ClaimAnswer> {
    return new Promise((resolve, reject) => {
      this.#claims.push({ item, resolve, reject });
      this.#plan();
    });
  }

  commit(item: Entry): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ item, resolve, reject });
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#claims.length + this.#entries.length >= ITEMS_MAX) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), WINDOW_MS);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing) return; // the running flush takes them afterwards
    this.#writing = true;
    while (this.#claims.length + this.#entries.length > 0) {
      const claims = this.#claims.splice(0, ITEMS_MAX);
      const entries = this.#entries.splice(0, ITEMS_MAX);
      await this.#writeOnce(claims, entries);
    }
    this.#writing = false;
  }

  async #writeOnce(
    claims: readonly Waiting<Claim, ClaimAnswer>[],
    entries: readonly Waiting<Entry, boolean>[],
  ): Promise<void> {
    try {
      const work = { claims: claims.map(({ item }) => item), entries: entries.map(({ item }) => item) };
      const { answers, written } = await this.#untilBack(work);
      claims.forEach(({ resolve }, i) => resolve(answers[i]!));
      entries.forEach(({ resolve }, i) => resolve(written[i]!));
    } catch (error) {
      for (const { reject } of [...claims, ...entries]) reject(error);
    }
  }

  /** Paid answers are not thrown away for a database that is away for a moment: they are written again. */
  async #untilBack(work: LedgerWork): Promise<LedgerResult> {
    const end = Date.now() + COMMIT_RETRY_MS;
    for (let pauseMs = 50; ; pauseMs *= 2) {
      try {
        return await this.ledger.write(work);
      } catch (error) {
        if (!(error instanceof Error) || !isAway(error) || Date.now() + pauseMs > end) throw error;
        await delay(pauseMs);
      }
    }
  }
}
