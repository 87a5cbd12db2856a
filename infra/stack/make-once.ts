import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, type Lock } from './lock';

const LOCK_POLL_MS = 500;

export type Say = (line: string) => void;

/**
 * Makes a file or folder of the cache once, however many processes want it: `make` fills a temporary place beside it,
 * and the finished thing appears under its name in one rename. A crash leaves nothing half.
 */
export async function makeOnce(
  target: string,
  say: Say,
  make: (part: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const lock = await waitForLock(`${target}.lock.db`, target, say);
  const part = `${target}.part`;
  try {
    if (existsSync(target)) return target;
    rmSync(part, { recursive: true, force: true });
    await make(part);
    renameSync(part, target);
    return target;
  } finally {
    rmSync(part, { recursive: true, force: true });
    lock.release();
  }
}

async function waitForLock(file: string, target: string, say: Say): Promise<Lock> {
  for (let waited = 0; ; waited++) {
    const lock = tryLock(file);
    if (lock !== undefined) return lock;
    if (waited === 0) say(`another process makes ${target}; waiting for it`);
    await sleep(LOCK_POLL_MS);
  }
}
