import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endLeftovers, readRecord, writeRecord } from '../../../infra/stack/leftovers';
import { identify, isAlive, type ProcessIdentity } from '../../../infra/stack/process-identity';
import { makeFolder, type Folder } from './folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

function leave(): ProcessIdentity {
  const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  });
  const identity = identify(pid ?? 0);
  if (identity === undefined) throw new Error('it did not start');
  return identity;
}

it('ends what an earlier stack left behind, guarded programs too', async () => {
  const own = leave();
  const foreign = leave();
  writeRecord(folder.path, 'http://127.0.0.1:8080', [{ name: 'generator', pid: own.pid }]);
  mkdirSync(join(folder.path, 'run'), { recursive: true });
  writeFileSync(join(folder.path, 'run/temporal.json'), JSON.stringify(foreign));
  const said: string[] = [];
  await endLeftovers(folder.path, (line) => said.push(line));
  expect(isAlive(own)).toBe(false);
  expect(isAlive(foreign)).toBe(false);
  expect(said.join()).toContain('2 processes');
  expect(readRecord(folder.path)).toBeUndefined();
});

it('spares a stranger that has the number of a process long gone', async () => {
  const stranger = leave();
  const record = {
    supervisor: { pid: 1, startedAt: '0' },
    api: 'x',
    processes: [{ name: 'api', pid: stranger.pid, startedAt: '1' }],
  };
  folder.write('stack.json', JSON.stringify(record));
  await endLeftovers(folder.path, () => undefined);
  expect(isAlive(stranger)).toBe(true);
  process.kill(stranger.pid, 'SIGKILL');
});

it('takes a broken record as none', async () => {
  folder.write('stack.json', '{"supervisor"');
  expect(readRecord(folder.path)).toBeUndefined();
  await endLeftovers(folder.path, () => undefined);
});
