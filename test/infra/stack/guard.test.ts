import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiled } from '../../../infra/stack/package-root';
import { identify, isAlive, type ProcessIdentity } from '../../../infra/stack/process-identity';
import { makeFolder, type Folder } from './folder';
import { until } from './until';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

/** A program that starts another, which ignores SIGTERM's kinder ways of being told. */
async function guarded(): Promise<{
  guard: ChildProcess;
  program: ProcessIdentity;
  grandchild: ProcessIdentity;
}> {
  const grandchildFile = join(folder.path, 'grandchild');
  const pidFile = join(folder.path, 'pid.json');
  const script = folder.write(
    'program.sh',
    `sleep 1000 & echo $! > ${grandchildFile}.part; mv ${grandchildFile}.part ${grandchildFile}; wait`,
  );
  const guard = spawn(process.execPath, [compiled('infra/stack/guard.js'), 'test', pidFile, 'sh', script], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  await until('the program has started its child', () => existsSync(grandchildFile) && existsSync(pidFile));
  const grandchild = identify(Number(readFileSync(grandchildFile, 'utf8')));
  if (grandchild === undefined) throw new Error('no grandchild');
  return { guard, program: JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity, grandchild };
}

it('ends the whole group when its pipe closes', async () => {
  const { guard, program, grandchild } = await guarded();
  expect(isAlive(program)).toBe(true);
  guard.stdin?.end();
  await once(guard, 'exit');
  await until('the group is gone', () => !isAlive(program) && !isAlive(grandchild));
});

it('takes the program with it on Linux even when killed itself', async () => {
  if (process.platform !== 'linux') return;
  const { guard, program, grandchild } = await guarded();
  guard.kill('SIGKILL');
  await until('the program is gone', () => !isAlive(program));
  process.kill(grandchild.pid, 'SIGKILL');
});

it('ends with the program, and passes its exit code on', async () => {
  const guard = spawn(
    process.execPath,
    [compiled('infra/stack/guard.js'), 'test', join(folder.path, 'pid.json'), 'sh', '-c', 'exit 7'],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  expect(await once(guard, 'exit')).toEqual([7, null]);
});

it('fails at once for a program that does not exist', async () => {
  const guard = spawn(
    process.execPath,
    [compiled('infra/stack/guard.js'), 'test', join(folder.path, 'pid.json'), '/does/not/exist'],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const [code] = (await once(guard, 'exit')) as [number];
  expect(code).not.toBe(0);
});
