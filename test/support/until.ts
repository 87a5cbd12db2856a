import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits for a condition: the first value that is not undefined. @throws when it does not come in time */
export async function until<T>(
  look: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 60_000, what }: { timeoutMs?: number; what: string },
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(POLL_MS);
  }
}
