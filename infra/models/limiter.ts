/** How many calls of one model may be under way, and when none may. */
import { Gate } from './gate';
import type { Verdict } from './verdict';
import { WaitingLine } from './waiting-line';

export interface Permit {
  /** Gives the slot back; a second call does nothing. */
  release(): void;
}

export interface Limiter {
  /** A slot, first come, first served, as soon as the gate is open. Rejects with the signal's reason. */
  acquire(input: { tokens: number; signal: AbortSignal }): Promise<Permit>;
  /** How long until the gate opens, 0 when it is open. */
  gateMs(): number;
  /** Every answer and every fault teaches the limiter. */
  note(verdict: Verdict | 'ok', headers?: Readonly<Record<string, string>>): void;
  /** Set after MODEL_GONE_MS of nothing but failures: why the job is to be blocked. */
  gone(): string | undefined;
  /** True while the endpoint counts as dead: a failed call then costs its row no attempt. */
  isDown(): boolean;
}

export interface FixedConcurrencyOptions {
  readonly concurrencyMax: number;
  readonly now?: () => number;
  /** Calls back after a time; returns how to forget it. */
  readonly after?: (ms: number, run: () => void) => () => void;
}

interface Waiter {
  readonly serve: (permit: Permit) => void;
  readonly signal: AbortSignal;
}

const afterTimeout = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** A fixed number of slots behind a {@link Gate}; a dead endpoint is probed by one call at a time. */
export function fixedConcurrency(options: FixedConcurrencyOptions): Limiter {
  const after = options.after ?? afterTimeout;
  const gate = new Gate(options.now ?? Date.now);
  const line = new WaitingLine<Waiter>();
  let busy = 0;
  let forgetWake: (() => void) | undefined;

  const slots = (): number => (gate.isDead ? 1 : options.concurrencyMax);
  const wakeWhenOpen = (): void => {
    forgetWake?.();
    forgetWake = undefined;
    const closedMs = gate.closedMs();
    if (closedMs > 0 && line.length > 0) forgetWake = after(closedMs, serve);
  };
  const serve = (): void => {
    while (line.length > 0 && busy < slots() && gate.closedMs() === 0) {
      line.next()?.serve(start());
    }
    wakeWhenOpen();
  };
  const start = (): Permit => {
    busy += 1;
    gate.callStarted();
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        busy -= 1;
        gate.callEnded();
        serve();
      },
    };
  };

  return {
    acquire: ({ signal }) => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (line.length === 0 && busy < slots() && gate.closedMs() === 0) return Promise.resolve(start());
      return new Promise((resolve, reject) => {
        const place = line.join({
          signal,
          serve: (granted) => {
            signal.removeEventListener('abort', leave);
            resolve(granted);
          },
        });
        const leave = (): void => {
          line.leave(place);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
        if (line.length === 1 || busy < slots()) serve();
      });
    },
    gateMs: () => {
      const closedMs = gate.closedMs();
      if (closedMs > 0 || !gate.isDead) return closedMs;
      return busy > 0 ? gate.pauseMs : 0;
    },
    note: (verdict) => {
      if (verdict === 'ok') gate.noteOk();
      else gate.noteFault(verdict);
      serve();
    },
    gone: () => gate.gone(),
    isDown: () => gate.isDead,
  };
}
