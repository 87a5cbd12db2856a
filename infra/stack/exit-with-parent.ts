import { isSupervised } from '../config';

/** Draining may take this long; then the process ends all the same. */
const DRAIN_MS = 12_000;

/**
 * Ends this process when its supervisor's pipe closes: because the stack stops, or because the supervisor died. It
 * goes the same way as SIGTERM, so a process that drains on SIGTERM drains here too. Without a supervisor it does
 * nothing, as containers run us with no standard input.
 */
export function exitWithParent(): void {
  if (!isSupervised()) return;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  };
  for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, end);
  process.stdin.resume();
  // A dead supervisor no longer reads our output; that must not break the draining.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
