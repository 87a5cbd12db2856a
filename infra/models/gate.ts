/**
 * Whether a provider may be called at all: closed for as long as a provider-wide rate limit asks, and with back-off
 * while nothing but failures comes back. Pure in its clock: it never waits itself.
 */
import { ENDPOINT_DEAD_MS, MODEL_GONE_MS } from '../../core/story/limits';
import type { Verdict } from './verdict';

/** Fewer failures than this prove nothing, however long they took. */
export const DEAD_FAILURES_MIN = 3;
/** Pauses between probes of a dead endpoint double from the first to the second. */
export const PROBE_PAUSE_MS = 500;
export const PROBE_PAUSE_MAX_MS = 15_000;
/** So many rate-limited answers without a good one between, over so long, and only waiting helps. */
export const LIMITED_RUN_MIN = 5;
export const LIMITED_RUN_MS = 2_000;
/** However long the provider asks for: after this somebody looks whether it has changed its mind. */
export const LIMITED_WAIT_MAX_MS = 5 * 60_000;
/** Pauses where the provider names none double from the first to the second. */
export const LIMITED_PAUSE_MS = 500;
export const LIMITED_PAUSE_MAX_MS = 8_000;

export class Gate {
  private limitedUntilMs = 0;
  private limitedPauseMs = LIMITED_PAUSE_MS;
  private shutAtMs = -Infinity;
  private limitedRun = 0;
  private limitedSinceMs = 0;
  private failures = 0;
  private failingSinceMs: number | undefined;
  private probePauseMs = PROBE_PAUSE_MS;
  private probeAtMs = 0;
  private lastFailure = '';
  private dead = false;
  private probing = false;

  constructor(private readonly now: () => number) {}

  /** True while only one call at a time may find out whether the endpoint lives again. */
  get isDead(): boolean {
    return this.dead;
  }

  /** Milliseconds until calls may go, 0 when they may. */
  closedMs(): number {
    const until = this.dead ? Math.max(this.probeAtMs, this.limitedUntilMs) : this.limitedUntilMs;
    return Math.max(0, until - this.now());
  }

  /** The pause after a failed probe; how long a caller should stay away while one is under way. */
  get pauseMs(): number {
    return this.probePauseMs;
  }

  /**
   * Why the endpoint counts as gone: it has failed for MODEL_GONE_MS and the last probe was no better. Silent again
   * when the next probe is due, so that a resumed job finds out for itself.
   */
  gone(): string | undefined {
    if (!this.dead || this.failingSinceMs === undefined || this.closedMs() === 0) return undefined;
    if (this.now() - this.failingSinceMs < MODEL_GONE_MS) return undefined;
    const minutes = Math.floor((this.now() - this.failingSinceMs) / 60_000);
    return `no good answer for ${minutes} minutes; the last fault: ${this.lastFailure}`;
  }

  /** A call goes out; to a dead endpoint it is a probe. */
  callStarted(): void {
    if (this.dead) this.probing = true;
  }

  /** A call has ended; a probe's verdict may come later, and no other probe goes before that or a pause. */
  callEnded(): void {
    if (this.dead && this.probing) this.probeAtMs = Math.max(this.probeAtMs, this.now() + this.probePauseMs);
  }

  /** How long calls must wait because the provider asked for it; 0 also while the endpoint is only dead. */
  get limitedMs(): number {
    return Math.max(0, this.limitedUntilMs - this.now());
  }

  /** Another worker has been told to wait. */
  closeAtLeast(ms: number): void {
    this.limitedUntilMs = Math.max(this.limitedUntilMs, this.now() + ms);
  }

  /** True when a limited answer has shut it since then. */
  shutSince(ms: number): boolean {
    return this.limitedUntilMs > this.now() && this.shutAtMs >= ms;
  }

  /** Another worker got a good answer. */
  open(): void {
    this.limitedUntilMs = 0;
  }

  noteOk(): void {
    this.limitedPauseMs = LIMITED_PAUSE_MS;
    this.limitedRun = 0;
    this.limitedUntilMs = 0;
    this.revive();
  }

  noteFault(verdict: Verdict): void {
    const limited = verdict.kind === 'rate-limited' || verdict.kind === 'overloaded';
    if (limited) this.noteLimited(verdict.afterMs);
    if (verdict.endpointFault === true) this.noteFailure(verdict);
    else this.revive();
  }

  /** One limited answer among good ones is the affair of its row and of the rate; nothing but limited ones shuts. */
  private noteLimited(askedMs: number | undefined): void {
    if (this.limitedRun === 0) this.limitedSinceMs = this.now();
    this.limitedRun += 1;
    const proven = this.limitedRun >= LIMITED_RUN_MIN && this.now() - this.limitedSinceMs >= LIMITED_RUN_MS;
    if (proven) this.closeFor(askedMs);
  }

  private closeFor(askedMs: number | undefined): void {
    this.shutAtMs = this.now();
    if (askedMs !== undefined) {
      const waitMs = Math.min(askedMs, LIMITED_WAIT_MAX_MS);
      this.limitedUntilMs = Math.max(this.limitedUntilMs, this.now() + waitMs);
      return;
    }
    // Calls that were already on their way when it closed must not double the pause.
    if (this.now() < this.limitedUntilMs) return;
    this.limitedUntilMs = this.now() + this.limitedPauseMs;
    this.limitedPauseMs = Math.min(this.limitedPauseMs * 2, LIMITED_PAUSE_MAX_MS);
  }

  private noteFailure(verdict: Verdict): void {
    const nowMs = this.now();
    this.failures += 1;
    this.failingSinceMs ??= nowMs;
    this.lastFailure = verdict.message;
    const proven = this.failures >= DEAD_FAILURES_MIN && nowMs - this.failingSinceMs >= ENDPOINT_DEAD_MS;
    // A refused connection or a name nobody knows is certain at once.
    if (!this.dead && !proven && verdict.kind !== 'endpoint-down') return;
    // Calls that were under way when it died tell nothing new.
    if (this.dead && !this.probing) return;
    if (this.dead) this.probePauseMs = Math.min(this.probePauseMs * 2, PROBE_PAUSE_MAX_MS);
    this.dead = true;
    this.probing = false;
    this.probeAtMs = nowMs + this.probePauseMs;
  }

  private revive(): void {
    this.dead = false;
    this.probing = false;
    this.failures = 0;
    this.failingSinceMs = undefined;
    this.probePauseMs = PROBE_PAUSE_MS;
  }
}
