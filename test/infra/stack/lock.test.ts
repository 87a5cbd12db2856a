import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { tryLock } from '../../../infra/stack/lock';
import { compiled } from '../../../infra/stack/package-root';
import { makeFolder, type Folder } from './folder';
import { until } from './until';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

it('lets one holder in at a time', () => {
  const file = join(folder.path, 'lock.db');
  const first = tryLock(file);
  expect(first).toBeDefined();
  expect(tryLock(file)).toBeUndefined();
  first?.release();
  first?.release();
  const second = tryLock(file);
  expect(second).toBeDefined();
  second?.release();
});

it('is free again when its holder is killed', async () => {
  const file = join(folder.path, 'lock.db');
  const script = folder.write(
    'hold.cjs',
    `const lock = require(${JSON.stringify(compiled('infra/stack/lock.js'))}).tryLock(${JSON.stringify(file)});
     console.log(lock ? 'held' : 'refused'); setInterval(() => lock, 1000);`,
  );
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(holder.stdout, 'data')) as [Buffer];
  expect(line.toString()).toContain('held');
  expect(tryLock(file)).toBeUndefined();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await until('the lock is free', () => {
    const lock = tryLock(file);
    lock?.release();
    return lock !== undefined;
  });
});
