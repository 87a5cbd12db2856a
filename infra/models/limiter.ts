/**
 * How many calls of one model may leave this process, how fast, and when none may. What is allowed comes as a
 * {@link Grant} of the limits that all workers share; what happens goes back as a {@link Report}.
 */
import { Bucket } from '../../core/rate-control/bucket';
import type { Grant, Report } from '../../core/rate-control/shared-limits';
import { FairLine } from './fair-line';
import { Gate } from './gate';
import { hintedPerSecond } from './rate-headers';
import type { Verdict } from './verdict';

/** How a call ended: `unsent` where it never left, `ended` where nobody knows. */
export type CallEnd =
  | { readonly kind: 'ok'; readonly headers: Readonly<Record<string, string>>; readonly tokens: number }
  | { readonly kind: 'fault'; readonly verdict: Verdict }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'ended' };

export interface Permit {
  /** Gives the slot back and says how the call ended; a second call does nothing. */
  end(how: CallEnd): void;
}

export interface CallWanted {
  readonly tenant: string;
  readonly job: string;
  /** The most it can use. */
  readonly tokens: number;
  readonly signal: AbortSignal;
}

export interface Clock {
  now(): number;
  /** Calls back after a time; returns how to forget it. */
  after(ms: number, run: () => void): () => void;
}

interface Waiter {
  readonly tokens: number;
  readonly serve: (permit: Permit) => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Late timers are made up for by as much as this; more would be a burst. */
const BURST_SECONDS = 0.05;
const TOKEN_BURST_SECONDS = 1;
/** A refused call keeps its slot as long as a good answer takes, so that refusals do not speed a worker up. */
const HOLD_FIRST_MS = 100;
const HOLD_MAX_MS = 500;
const LATENCY_WEIGHT = 0.1;
/** Real use of tokens as a share of the most a call can use. */
const USED_SHARE_FIRST = 0.5;
const USED_SHARE_WEIGHT = 0.05;
/** So many refusals since the last report are worth an early one. */
const ALARM_LIMITED = 3;

export class Limiter {
  readonly #gate: Gate;
  readonly #requests: Bucket;
  readonly #tokens: Bucket;
  readonly #line = new FairLine<Waiter>();
  #busy = 0;
  #slots = 1;
  #perSecond: number | null = null;
  #tokensPerSecond: number | null = null;
  #share = 1;
  #reportedMs = 0;
  #forgetWake: (() => void) | undefined;
  #latencyMs: number | undefined;
  #usedShare = USED_SHARE_FIRST;
  #tally = { sent: 0, limited: 0, answered: 0 };

  /**
   * @param alarm called when the shared limits should hear of it at once: a first call, or refusals in a row
   * @param phase 0 to 1: keeps workers that start together from sending in step
   */
  constructor(
    readonly model: string,
    private readonly clock: Clock = SYSTEM_CLOCK,
    private readonly alarm: () => void = () => undefined,
    phase = 1,
  ) {
    this.#gate = new Gate(() => clock.now());
    this.#requests = new Bucket(BURST_SECONDS, clock.now(), phase);
    this.#tokens = new Bucket(TOKEN_BURST_SECONDS, clock.now(), Infinity);
  }

  /** A slot in turn, as soon as rate and gate allow. Rejects with the signal's reason. */
  acquire({ tenant, job, tokens, signal }: CallWanted): Promise<Permit> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#busy === 0 && this.#line.length === 0) this.alarm();
    if (this.#line.length === 0 && this.#mayStart(tokens)) return Promise.resolve(this.#start(tokens));
    return new Promise((resolve, reject) => {
      const leave = this.#line.join(tenant, job, {
        tokens,
        serve: (permit) => {
          signal.removeEventListener('abort', turnAway);
          resolve(permit);
        },
      });
      const turnAway = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', turnAway, { once: true });
      this.#serve();
    });
  }

  /**
   * How long until the gate opens, 0 when it is open.
   * @param held permits of whoever asks: a probe must not take itself for another one that is to be waited for
   */
  gateMs(held = 0): number {
    const closedMs = this.#gate.closedMs();
    if (closedMs > 0 || !this.#gate.isDead) return closedMs;
    return this.#busy > held ? this.#gate.pauseMs : 0;
  }

  /** Set after MODEL_GONE_MS of nothing but failures: why the job is to be blocked. */
  gone(): string | undefined {
    return this.#gate.gone();
  }

  /** True while the endpoint counts as dead: a failed call then costs its row no attempt. */
  isDown(): boolean {
    return this.#gate.isDead;
  }

  get isIdle(): boolean {
    return this.#busy === 0 && this.#line.length === 0 && this.#tally.sent <= 0;
  }

  /** What happened since the last report. */
  report(): Report {
    const { model } = this;
    // Only what this worker was told itself: a gate that came with a grant would keep itself shut by going round.
    const gateMs = this.#gate.shutSince(this.#reportedMs) ? this.#gate.limitedMs : 0;
    this.#reportedMs = this.clock.now();
    const { sent, limited, answered } = this.#tally;
    const wanted = this.#busy + this.#line.length;
    const report = {
      model,
      sent: Math.max(0, sent),
      limited,
      answered,
      wanted,
      gateMs,
    };
    this.#tally = { sent: Math.min(0, sent), limited: 0, answered: 0 }; // given back after it was reported
    return report;
  }

  grant({ slots, perSecond, tokensPerSecond, gateMs, share }: Grant): void {
    const now = this.clock.now();
    this.#slots = slots;
    this.#perSecond = perSecond;
    this.#tokensPerSecond = tokensPerSecond;
    this.#requests.setRate(perSecond, now);
    this.#tokens.setRate(tokensPerSecond, now);
    this.#share = share;
    if (gateMs > 0) this.#gate.closeAtLeast(gateMs);
    else if (!this.#gate.shutSince(this.#reportedMs)) this.#gate.open();
    this.#serve();
  }

  #mayStart(tokens: number): boolean {
    const slots = this.#gate.isDead ? 1 : this.#slots;
    return this.#busy < slots && this.#gate.closedMs() === 0 && this.#waitMs(tokens) === 0;
  }

  #waitMs(tokens: number): number {
    const now = this.clock.now();
    return Math.max(this.#requests.waitMs(1, now), this.#tokens.waitMs(tokens * this.#usedShare, now));
  }

  #serve(): void {
    for (;;) {
      const next = this.#line.peek();
      if (!next || !this.#mayStart(next.tokens)) break;
      this.#line.next();
      next.serve(this.#start(next.tokens));
    }
    this.#wakeWhenOpen();
  }

  #wakeWhenOpen(): void {
    this.#forgetWake?.();
    this.#forgetWake = undefined;
    const next = this.#line.peek();
    if (!next) return;
    const waitMs = Math.max(this.#gate.closedMs(), this.#waitMs(next.tokens));
    if (waitMs > 0) this.#forgetWake = this.clock.after(Math.max(1, Math.ceil(waitMs)), () => this.#serve());
  }

  #start(tokens: number): Permit {
    const startedMs = this.clock.now();
    const reserved = tokens * this.#usedShare;
    this.#busy += 1;
    this.#tally.sent += 1;
    this.#requests.take(1);
    this.#tokens.take(reserved);
    this.#gate.callStarted();
    let held = true;
    return {
      end: (how) => {
        if (!held) return;
        held = false;
        this.#gate.callEnded();
        if (how.kind === 'unsent') this.#takeBack(reserved);
        if (how.kind === 'ok') this.#noteOk(how, this.clock.now() - startedMs, { tokens, reserved });
        if (how.kind === 'fault') this.#noteFault(how.verdict);
        const limited = how.kind === 'fault' && how.verdict.kind === 'rate-limited';
        if (limited)
          this.clock.after(Math.min(this.#latencyMs ?? HOLD_FIRST_MS, HOLD_MAX_MS), () => this.#free());
        else this.#free();
      },
    };
  }

  #free(): void {
    this.#busy -= 1;
    this.#serve();
  }

  #takeBack(reserved: number): void {
    this.#tally.sent -= 1;
    this.#requests.take(-1);
    this.#tokens.take(-reserved);
  }

  #noteOk(
    { headers, tokens }: { headers: Readonly<Record<string, string>>; tokens: number },
    latencyMs: number,
    asked: { readonly tokens: number; readonly reserved: number },
  ): void {
    this.#tally.answered += 1;
    this.#latencyMs = (this.#latencyMs ?? latencyMs) * (1 - LATENCY_WEIGHT) + latencyMs * LATENCY_WEIGHT;
    this.#tokens.take(tokens - asked.reserved);
    const used = Math.min(1, tokens / Math.max(1, asked.tokens));
    this.#usedShare = this.#usedShare * (1 - USED_SHARE_WEIGHT) + used * USED_SHARE_WEIGHT;
    this.#gate.noteOk();
    this.#takeHint(headers);
  }

  /** What a nearly empty bucket of the provider allows, until the next grant; the other workers have their part of it. */
  #takeHint(headers: Readonly<Record<string, string>>): void {
    const now = this.clock.now();
    const requests = hintedPerSecond(headers, 'requests', now);
    if (requests !== undefined && requests * this.#share < (this.#perSecond ?? Infinity))
      this.#requests.setRate(requests * this.#share, now);
    const tokens = hintedPerSecond(headers, 'tokens', now);
    if (tokens !== undefined && tokens * this.#share < (this.#tokensPerSecond ?? Infinity))
      this.#tokens.setRate(tokens * this.#share, now);
  }

  #noteFault(verdict: Verdict): void {
    this.#gate.noteFault(verdict);
    if (verdict.kind !== 'rate-limited') return;
    this.#tally.limited += 1;
    if (this.#perSecond === null && this.#tally.limited >= ALARM_LIMITED) this.alarm();
  }
}
