/** What the stack of a data folder runs, on disk, so that the next start can end what a killed supervisor left behind. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive, signalGroup, type ProcessIdentity } from './process-identity';
import type { Say } from './make-once';

const TERMINATE_MS = 5_000;
const POLL_MS = 50;

const identitySchema = z.object({ pid: z.int().positive(), startedAt: z.string() });
const recordSchema = z.object({
  supervisor: identitySchema,
  api: z.string(),
  processes: z.array(identitySchema.extend({ name: z.string() })),
});
export type StackRecord = z.infer<typeof recordSchema>;

const recordFile = (home: string): string => join(home, 'stack.json');
const runFolder = (home: string): string => join(home, 'run');

export function readRecord(home: string): StackRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(readFileSync(recordFile(home), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Notes which processes run and where the API answers; replaces the note in one step. */
export function writeRecord(
  home: string,
  api: string,
  running: readonly { name: string; pid: number }[],
): void {
  const supervisor = identify(process.pid) ?? { pid: process.pid, startedAt: '' };
  const processes = running.flatMap(({ name, pid }) => {
    const identity = identify(pid);
    return identity === undefined ? [] : [{ name, ...identity }];
  });
  mkdirSync(runFolder(home), { recursive: true });
  const part = `${recordFile(home)}.part`;
  writeFileSync(part, JSON.stringify({ supervisor, api, processes } satisfies StackRecord));
  renameSync(part, recordFile(home));
}

export function removeRecord(home: string): void {
  rmSync(recordFile(home), { force: true });
  rmSync(runFolder(home), { recursive: true, force: true });
}

/** Foreign programs under a guard are noted by the guard, one file each. */
function guarded(home: string): ProcessIdentity[] {
  if (!existsSync(runFolder(home))) return [];
  return readdirSync(runFolder(home)).flatMap((file) => {
    try {
      return [identitySchema.parse(JSON.parse(readFileSync(join(runFolder(home), file), 'utf8')))];
    } catch {
      return [];
    }
  });
}

/** Ends what is left of this folder's last stack. To be called under the folder's lock. */
export async function endLeftovers(home: string, say: Say): Promise<void> {
  // Guarded programs come last: their guards end them more gently.
  const left = [...(readRecord(home)?.processes ?? []), ...guarded(home)].filter(isAlive);
  if (left.length > 0) say(`ending ${left.length} processes that an earlier stack of ${home} left behind`);
  for (const { pid } of left) signalGroup(pid, 'SIGTERM');
  for (let waitedMs = 0; left.some(isAlive) && waitedMs < TERMINATE_MS; waitedMs += POLL_MS)
    await sleep(POLL_MS);
  for (const identity of left.filter(isAlive)) signalGroup(identity.pid, 'SIGKILL');
  removeRecord(home);
}
