import { setTimeout as sleep } from 'node:timers/promises';

const POLLS_MAX = 1_500;
const POLL_MS = 20;

/** Waits for a condition, and names it when it never comes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    if (await holds()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`waited in vain: ${what}`);
}
