/** Keeps the limiters of one provider in step with those of all other workers, through the database. */
import {
  type Ceilings,
  exchangeLimits,
  type Exchange,
  type Report,
  type SharedLimits,
} from '../../core/rate-control/shared-limits';
import type { Ledger } from '../database/ledger';
import { type Clock, Limiter, SYSTEM_CLOCK } from './limiter';

/** Where the workers of a provider exchange what they know. */
export type LimitStore = Pick<Ledger, 'exchangeLimits'>;

export interface RateExchangeOptions {
  readonly provider: string;
  /** This process among all workers. */
  readonly worker: string;
  readonly ceilings: Ceilings;
  readonly store: LimitStore;
  readonly clock?: Clock;
  readonly warn?: (message: string) => void;
  /** 0 to 1; see {@link Limiter}. */
  readonly phase?: number;
}

export const EXCHANGE_EVERY_MS = 200;
/** While more is wanted than was granted. */
const EXCHANGE_EAGER_MS = 80;
/** An early report waits this long for more to tell, and comes no sooner than this after the last one. */
const EXCHANGE_SOON_MS = 20;
const EXCHANGE_GAP_MS = 100;

export class RateExchange {
  readonly #limiters = new Map<string, Limiter>();
  readonly #clock: Clock;
  #forget: (() => void) | undefined;
  #dueMs = Infinity;
  #lastMs = -Infinity;
  #running = false;
  #warned: string | undefined;

  constructor(private readonly options: RateExchangeOptions) {
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  limiter(model: string): Limiter {
    const known = this.#limiters.get(model);
    if (known) return known;
    const limiter = new Limiter(
      model,
      this.#clock,
      () => this.#scheduleSoon(),
      this.options.phase ?? Math.random(),
    );
    this.#limiters.set(model, limiter);
    return limiter;
  }

  #scheduleSoon(): void {
    const restMs = this.#lastMs + EXCHANGE_GAP_MS - this.#clock.now();
    this.#schedule(Math.min(EXCHANGE_EVERY_MS, Math.max(EXCHANGE_SOON_MS, restMs)));
  }

  #schedule(inMs: number): void {
    const dueMs = this.#clock.now() + inMs;
    if (this.#running || dueMs >= this.#dueMs) return;
    this.#forget?.();
    this.#dueMs = dueMs;
    this.#forget = this.#clock.after(inMs, () => void this.#exchange());
  }

  async #exchange(): Promise<void> {
    this.#running = true;
    this.#dueMs = Infinity;
    this.#lastMs = this.#clock.now();
    let eager = false;
    const active = [...this.#limiters.values()].filter((limiter) => !limiter.isIdle);
    const reports = active.map((limiter) => limiter.report());
    try {
      if (reports.length > 0) eager = this.#take(await this.#ask(reports), reports);
    } catch {
      // The database is away: go on as granted. What was counted is lost; refusals that matter come again.
    } finally {
      this.#running = false;
    }
    if (active.length > 0) this.#schedule(eager ? EXCHANGE_EAGER_MS : EXCHANGE_EVERY_MS);
  }

  #ask(reports: readonly Report[]): Promise<Exchange> {
    const { provider, worker, ceilings, store } = this.options;
    return store.exchangeLimits({ provider, worker, ceilings, reports });
  }

  /** @returns whether some model wants more than its slots, and no rate holds it back */
  #take({ grants, disagreement }: Exchange, reports: readonly Report[]): boolean {
    for (const grant of grants) this.#limiters.get(grant.model)?.grant(grant);
    if (disagreement !== undefined && disagreement !== this.#warned) {
      this.options.warn?.(`${this.options.provider}: ${disagreement}`);
    }
    this.#warned = disagreement;
    return grants.some(({ slots, perSecond }, i) => perSecond === null && reports[i]!.wanted > slots);
  }
}

/** Limits of a process that shares them with nobody. */
export function limitsInMemory(clock: Pick<Clock, 'now'> = SYSTEM_CLOCK): LimitStore {
  const states = new Map<string, SharedLimits>();
  return {
    exchangeLimits: ({ provider, worker, ceilings, reports }) => {
      const exchange = exchangeLimits(states.get(provider), worker, ceilings, reports, clock.now());
      states.set(provider, exchange.state);
      return Promise.resolve(exchange);
    },
  };
}
