/** Ends calls at their deadline or at their caller's wish, for hundreds of calls a signal and thousands a second. */
import { EventEmitter } from 'node:events';

/** The part of an AbortSignal that undici needs: far cheaper than a controller and its events for every call. */
export class CallSignal extends EventEmitter {
  aborted = false;
  timedOut = false;
  reason: unknown;

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.emit('abort');
  }
}

/** The calls under each caller's signal: it gets one listener, however many calls there are. */
const callsOf = new WeakMap<AbortSignal, Set<CallSignal>>();

function callsUnder(signal: AbortSignal): Set<CallSignal> {
  const known = callsOf.get(signal);
  if (known !== undefined) return known;
  const calls = new Set<CallSignal>();
  callsOf.set(signal, calls);
  signal.addEventListener('abort', () => calls.forEach((call) => call.abort(signal.reason)), { once: true });
  return calls;
}

/** Runs a call under a signal of its own. Leaves no listener and no timer behind. */
export async function withDeadline<T>(
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
  run: (own: CallSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const own = new CallSignal();
  const calls = callsUnder(signal);
  calls.add(own);
  const timer = setTimeout(() => {
    own.timedOut = true;
    own.abort(new Error(`nothing whole came within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await run(own);
  } finally {
    clearTimeout(timer);
    calls.delete(own);
  }
}
