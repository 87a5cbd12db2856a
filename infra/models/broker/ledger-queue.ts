import { setTimeout as delay } from 'node:timers/promises';
import { COMMIT_RETRY_MS, COMMIT_WINDOW_MS } from '../../../core/story/limits';
import { isAway, isFull } from '../../database/away';
import type { Claim, ClaimAnswer } from '../../database/claims';
import type { Entry } from '../../database/commits';
import type { Ledger } from '../../database/ledger';
import type { LedgerResult, LedgerWork } from '../../database/ledger-writer';
import type { Release } from '../../database/releases';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** What is written in one transaction. */
interface Group {
  readonly entries: readonly Waiting<Entry, boolean>[];
  readonly releases: readonly Waiting<Release, void>[];
  readonly claims: readonly Waiting<Claim, ClaimAnswer>[];
}

/** A transaction takes as many items as came within this time; calls claimed ahead bridge it. */
const WINDOW_MS = COMMIT_WINDOW_MS / 2;
/** So many do not wait for more: a transaction costs little more than its rows by then. */
const ITEMS_EAGER = 128;
/** Of each kind in one transaction. */
const ITEMS_MAX = 256;

/** Claims, answers and given-back claims of all rows of this process, written together: one transaction at a time. */
export class LedgerQueue {
  readonly #entries: Waiting<Entry, boolean>[] = [];
  readonly #releases: Waiting<Release, void>[] = [];
  readonly #claims: Waiting<Claim, ClaimAnswer>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing = false;
  #asOf = 0;

  constructor(private readonly ledger: Pick<Ledger, 'write'>) {}

  claim(item: Claim): Promise<ClaimAnswer> {
    return this.#add(this.#claims, item);
  }

  commit(item: Entry): Promise<boolean> {
    return this.#add(this.#entries, item);
  }

  release(item: Release): Promise<void> {
    return this.#add(this.#releases, item);
  }

  #add<Item, Result>(list: Waiting<Item, Result>[], item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      list.push({ item, resolve, reject });
      if (this.#length >= ITEMS_EAGER) void this.#flush();
      else this.#timer ??= setTimeout(() => void this.#flush(), WINDOW_MS);
    });
  }

  get #length(): number {
    return this.#entries.length + this.#releases.length + this.#claims.length;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing) return; // the running flush takes them afterwards
    this.#writing = true;
    while (this.#length > 0) {
      this.#asOf = Math.max(Date.now(), this.#asOf + 1);
      const group = {
        entries: this.#entries.splice(0, ITEMS_MAX),
        releases: this.#releases.splice(0, ITEMS_MAX),
        claims: onlyFirst(this.#claims.splice(0, ITEMS_MAX)),
      };
      await this.#writeGroup(group, this.#asOf);
    }
    this.#writing = false;
  }

  async #writeGroup(group: Group, asOf: number): Promise<void> {
    const { entries, releases, claims } = group;
    try {
      const { answers, written } = await this.#untilBack({
        entries: entries.map(({ item }) => item),
        releases: releases.map(({ item }) => item),
        claims: claims.map(({ item }) => item),
        asOf,
      });
      entries.forEach(({ resolve }, i) => resolve(written[i]!));
      releases.forEach(({ resolve }) => resolve());
      claims.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      // One item that cannot be written must not take the paid answers of other rows with it.
      if (lengthOf(group) > 1 && !isOfStorage(error))
        for (const half of halvesOf(group)) await this.#writeGroup(half, asOf);
      else for (const { reject } of [...entries, ...releases, ...claims]) reject(error);
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

/** Of claims of one call by one batch, all but the first wait: within a work a call's claim is told by its batch. */
function onlyFirst(claims: readonly Waiting<Claim, ClaimAnswer>[]): Waiting<Claim, ClaimAnswer>[] {
  const seen = new Set<string>();
  return claims.filter(({ item, resolve }) => {
    const name = `${item.lease.id} ${item.key}`;
    if (!seen.has(name)) return seen.add(name);
    resolve({ state: 'elsewhere' });
    return false;
  });
}

const lengthOf = ({ entries, releases, claims }: Group): number =>
  entries.length + releases.length + claims.length;

/** A disk that is full or a database that is gone refuses every part alike. */
const isOfStorage = (error: unknown): boolean => error instanceof Error && (isAway(error) || isFull(error));

/** Two parts of a group of more than one, each of at least one, in the order in which they are written. */
function halvesOf(group: Group): [Group, Group] {
  const { entries, releases, claims } = group;
  const middle = Math.floor(lengthOf(group) / 2);
  const part = (from: number, to: number): Group => {
    const within = <T>(list: readonly T[], before: number) =>
      list.slice(Math.max(0, from - before), Math.max(0, to - before));
    return {
      entries: within(entries, 0),
      releases: within(releases, entries.length),
      claims: within(claims, entries.length + releases.length),
    };
  };
  return [part(0, middle), part(middle, Infinity)];
}
