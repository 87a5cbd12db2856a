/** One batch at work: its lease, its reasons to stop, and its calls. */
import { setMaxListeners } from 'node:events';
import { BAD_ROWS_JUDGED_FROM, BATCH_BUDGET_MS, FENCED_DRAIN_MS } from '../../../core/story/limits';
import type { BatchStop } from '../../../core/story/ports';
import type { Block } from '../../../core/story/vocabulary';
import type { PaidAnswer, RowEnd } from '../../database/commits';
import type { Lease } from '../../database/leases';
import { badRowsBlock } from './bad-rows';
import type { ControlState, Watched } from './control-watch';
import type { BrokerShared } from './broker-shared';
import { FIRST } from './slots';
import type { Target } from './target';

export interface BatchFacts {
  readonly tenant: string;
  readonly targets: ReadonlyMap<string, Target>;
  /** Above this share of bad rows the batch stops; 1 when a person has accepted it for the stage. */
  readonly badRowShareMax: number;
}

export interface Stop {
  readonly why: BatchStop;
  readonly block?: Block;
  /** How far the provider's gate is, with `gate`. */
  readonly notBeforeMs?: number;
}

/** Gives a place in a line back; a second call does nothing. */
export type Place = () => void;

export class BatchSession implements Watched {
  /** The last thing that went wrong with a call, in words. */
  lastFault: string | undefined;
  /** What a person could set differently to spare calls. */
  hint: string | undefined;
  /** What people wish for the job, as it was last seen. */
  wish: Pick<ControlState, 'concurrency' | 'priority'> | undefined;
  /** See {@link Lines}. */
  readonly #rank: number;
  #stop: Stop | undefined;
  #reason: Promise<void> | undefined;
  readonly #sending = new AbortController();
  readonly #inFlight = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #commits = new Set<Promise<boolean>>();

  private constructor(
    readonly shared: BrokerShared,
    readonly lease: Lease,
    readonly facts: BatchFacts,
  ) {
    this.#rank = shared.lines.nextRank();
  }

  static async open(shared: BrokerShared, lease: Lease, facts: BatchFacts): Promise<BatchSession> {
    const session = new BatchSession(shared, lease, facts);
    setMaxListeners(0, session.sending, session.inFlight); // every waiting row listens
    session.#timers.push(setTimeout(() => session.halt({ why: 'time' }), BATCH_BUDGET_MS));
    shared.watch.add(session);
    try {
      // A look that was under way when it came knows nothing of this batch.
      do await shared.watch.look();
      while (!session.wish);
    } catch (error) {
      await session.close().catch(() => undefined); // a lease nobody closes would be renewed for ever
      throw error;
    }
    return session;
  }

  get stopped(): Stop | undefined {
    return this.#stop;
  }

  /** Why the batch stops, with the block a person sees. Rejects when that could not be read: the batch is tried again. */
  async reason(): Promise<Stop | undefined> {
    await this.#reason;
    return this.#stop;
  }

  /** A place among the calls that are claimed ahead of their turn; undefined when the batch stops first. */
  place(rank = this.#rank): Promise<Place | undefined> {
    return this.#enter('ahead', rank);
  }

  /** A slot for a call that goes out now; undefined when the batch stops first. */
  slot(again: boolean): Promise<Place | undefined> {
    return this.#enter('slots', again ? FIRST : this.#rank);
  }

  async #enter(line: 'ahead' | 'slots', rank: number): Promise<Place | undefined> {
    try {
      return await this.shared.lines.of(this.lease.job)[line].acquire(this.sending, rank);
    } catch (error) {
      if (this.sending.aborted) return undefined;
      throw error;
    }
  }

  /** Aborted when no further call may be sent. */
  get sending(): AbortSignal {
    return this.#sending.signal;
  }

  /** Aborted when even calls on their way must end. */
  get inFlight(): AbortSignal {
    return this.#inFlight.signal;
  }

  /** The first reason to stop counts, but being fenced overrules all: a newer run waits for this batch to end. */
  halt(stop: Stop): void {
    if (this.#stop === undefined || stop.why === 'fenced') this.#stop = stop;
    this.#sending.abort(new Error(`the batch stops: ${stop.why}`));
    if (stop.why === 'fenced')
      this.#timers.push(setTimeout(() => this.#inFlight.abort(new Error('fenced')), FENCED_DRAIN_MS));
  }

  seen(state: ControlState): void {
    this.wish = { concurrency: state.concurrency, priority: state.priority };
    this.shared.lines.resize(this.lease.job, state.share);
    if (state.fenced) return this.halt({ why: 'fenced' });
    if (state.paused) return this.halt({ why: 'paused' });
    const tooMany =
      state.ended >= BAD_ROWS_JUDGED_FROM && state.bad / state.ended > this.facts.badRowShareMax;
    if (!tooMany || this.#stop) return;
    this.halt({ why: 'blocked' });
    this.#reason = badRowsBlock(this.shared.db, this.lease, state, this.facts.badRowShareMax).then(
      (block) => {
        if (this.#stop?.why === 'blocked') this.#stop = { why: 'blocked', block };
      },
    );
    this.#reason.catch(() => undefined); // told to whoever asks for the reason
  }

  /** Writes an answer that was paid for, a row's end, or both in one transaction. */
  commit(what: { readonly answer?: PaidAnswer; readonly end?: RowEnd }): Promise<boolean> {
    const written = this.shared.queue.commit({ lease: this.lease, ...what });
    this.#commits.add(written);
    const forget = () => this.#commits.delete(written);
    written.then(forget, forget);
    return written;
  }

  async close(): Promise<void> {
    this.shared.watch.remove(this);
    this.#timers.forEach(clearTimeout);
    await Promise.allSettled(this.#commits); // what is still on its way belongs to this lease
    await this.shared.ledger.closeLease(this.lease);
  }
}
