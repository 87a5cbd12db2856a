import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive, signalGroup, type ProcessIdentity } from '../../stack/process-identity';

/** Written by the guard: which process trains in this folder. */
export const TRAINER_PID_FILE = 'trainer-process.json';
/** A killed worker's trainer is being stopped by its guard, and may write its checkpoint meanwhile. */
const LEFTOVER_MS = 15_000;
const LEFTOVER_POLL_MS = 100;

/** Waits for the trainer that an earlier, killed worker left in this folder; ends it where it does not end. */
export async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, TRAINER_PID_FILE);
  const known = await readIdentity(file);
  if (known === undefined) return;
  for (let waitedMs = 0; isAlive(known) && waitedMs < LEFTOVER_MS; waitedMs += LEFTOVER_POLL_MS)
    await wait(LEFTOVER_POLL_MS);
  if (isAlive(known)) signalGroup(known.pid, 'SIGKILL');
  await rm(file, { force: true });
}

async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, startedAt } = JSON.parse(await readFile(file, 'utf8')) as Partial<ProcessIdentity>;
    return pid === undefined || startedAt === undefined ? undefined : { pid, startedAt };
  } catch {
    return undefined;
  }
}
