/** A provider and its workers in simulated time: the real limiters and their exchange, only clock and server are made up. */
import { mulberry32 } from '../../../../core/random';
import { judge } from '../../../../infra/models/verdict';
import type { Clock } from '../../../../infra/models/limiter';
import { limitsInMemory, RateExchange } from '../../../../infra/models/rate-exchange';
import type { Ceilings } from '../../../../core/rate-control/shared-limits';

export interface ServerPlan {
  /** Calls a second at a time; Infinity: no cap. */
  readonly cap: (nowMs: number) => number;
  readonly kind: 'fixed-window' | 'token-bucket';
  /** Share of calls refused at any rate. */
  readonly noise?: (nowMs: number) => number;
  readonly latencyMs?: number;
  /** How far into a fixed window the first call comes; default: it opens one. */
  readonly offsetMs?: number;
  readonly retryAfterSeconds?: number;
  /** Calls answered at once; more wait in a queue of the server's own. */
  readonly places?: number;
  /** A cap on tokens a second; each call uses `tokensPerCall`. */
  readonly tokensPerSecond?: number;
}

export interface Run {
  readonly seconds: number;
  readonly workers?: number;
  readonly inFlight: number;
  readonly ceilings?: Ceilings;
  readonly seed?: number;
}

export interface Seen {
  /** Per second of the run. */
  readonly ok: number[];
  readonly limited: number[];
}

/** The bucket holds a tenth of a second, and at least this many calls. */
const BUCKET_SECONDS = 0.1;
const BUCKET_CALLS_MIN = 4;
const REFUSAL_MS = 5;
const TOKENS_PER_CALL = 100;

class SimulatedClock implements Clock {
  nowMs = 1_000_000;
  readonly #alarms = new Map<number, (() => void)[]>();

  now(): number {
    return this.nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const due = this.nowMs + Math.max(1, Math.ceil(ms));
    const alarm = (): void => run();
    const list = this.#alarms.get(due) ?? [];
    this.#alarms.set(due, [...list, alarm]);
    return () => {
      const found = this.#alarms.get(due);
      if (found)
        this.#alarms.set(
          due,
          found.filter((one) => one !== alarm),
        );
    };
  }

  async step(): Promise<void> {
    this.nowMs += 1;
    const due = this.#alarms.get(this.nowMs) ?? [];
    this.#alarms.delete(this.nowMs);
    for (const run of due) run();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class SimulatedServer {
  readonly ok: number[] = [];
  readonly limited: number[] = [];
  #windowMs = 0;
  #inWindow = 0;
  #level = 2;
  #filledMs = 0;
  #tokens = 0;
  #freeAtMs = 0;
  readonly #random;
  readonly #startMs: number;

  constructor(
    private readonly plan: ServerPlan,
    private readonly clock: SimulatedClock,
    seed: number,
  ) {
    this.#random = mulberry32(seed);
    this.#startMs = clock.nowMs;
    this.#filledMs = clock.nowMs;
    if (plan.offsetMs !== undefined) this.#windowMs = clock.nowMs - plan.offsetMs;
  }

  /** @returns how long the answer takes; undefined: refused */
  take(): number | undefined {
    const at = this.clock.nowMs - this.#startMs;
    const second = Math.floor(at / 1_000);
    const refused = this.#random.next() / 2 ** 32 < (this.plan.noise?.(at) ?? 0) || this.#overCap(at);
    const list = refused ? this.limited : this.ok;
    list[second] = (list[second] ?? 0) + 1;
    return refused ? undefined : this.#latency();
  }

  #latency(): number {
    const usual = this.plan.latencyMs ?? 100;
    if (this.plan.places === undefined) return usual;
    // So many places, each `usual` long: an answer comes when the queue before it has been worked off.
    const now = this.clock.nowMs;
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + usual / this.plan.places;
    return Math.max(usual, this.#freeAtMs - now + usual);
  }

  #overCap(at: number): boolean {
    const cap = this.plan.cap(at);
    const now = this.clock.nowMs;
    const seconds = (now - this.#filledMs) / 1_000;
    this.#filledMs = now;
    if (this.plan.tokensPerSecond !== undefined) {
      this.#tokens = Math.min(this.plan.tokensPerSecond, this.#tokens + seconds * this.plan.tokensPerSecond);
      if (this.#tokens < TOKENS_PER_CALL) return true;
      this.#tokens -= TOKENS_PER_CALL;
    }
    if (cap === Infinity) return false;
    if (this.plan.kind === 'fixed-window') {
      if (now - this.#windowMs >= 1_000) [this.#windowMs, this.#inWindow] = [now, 0];
      this.#inWindow += 1;
      return this.#inWindow > cap;
    }
    this.#level = Math.min(Math.max(BUCKET_CALLS_MIN, cap * BUCKET_SECONDS), this.#level + seconds * cap);
    if (this.#level < 1) return true;
    this.#level -= 1;
    return false;
  }
}

/** Runs workers against a server for some simulated seconds. */
export async function simulate(plan: ServerPlan, run: Run): Promise<Seen> {
  const clock = new SimulatedClock();
  const server = new SimulatedServer(plan, clock, run.seed ?? 1);
  const store = limitsInMemory(clock);
  const end = new AbortController();
  const headers =
    plan.retryAfterSeconds === undefined ? {} : { 'retry-after': String(plan.retryAfterSeconds) };
  const refusal = judge({ status: 429, headers, message: 'limit' });
  for (let w = 0; w < (run.workers ?? 1); w += 1) {
    const exchange = new RateExchange({
      provider: 'p',
      worker: `w${w}`,
      ceilings: run.ceilings ?? {},
      store,
      clock,
      phase: w / (run.workers ?? 1),
    });
    const limiter = exchange.limiter('m');
    const lane = async (): Promise<void> => {
      while (!end.signal.aborted) {
        const permit = await limiter
          .acquire({ tenant: 't', job: 'j', tokens: 3 * TOKENS_PER_CALL, signal: end.signal })
          .catch(() => undefined);
        if (!permit) return;
        const tookMs = server.take();
        await new Promise<void>((resolve) => clock.after(tookMs ?? REFUSAL_MS, resolve));
        permit.end(
          tookMs === undefined
            ? { kind: 'fault', verdict: refusal }
            : { kind: 'ok', headers: {}, tokens: TOKENS_PER_CALL },
        );
      }
    };
    for (let i = 0; i < run.inFlight; i += 1) void lane();
  }
  for (let ms = 0; ms < run.seconds * 1_000; ms += 1) await clock.step();
  end.abort(new Error('over'));
  const seconds = Array.from({ length: run.seconds }, (_, i) => i);
  return { ok: seconds.map((i) => server.ok[i] ?? 0), limited: seconds.map((i) => server.limited[i] ?? 0) };
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
export const mean = (numbers: readonly number[]): number => sum(numbers) / Math.max(1, numbers.length);
/** Refused calls as a share of all. */
export const refusedShare = ({ ok, limited }: Seen): number => sum(limited) / (sum(limited) + sum(ok));
