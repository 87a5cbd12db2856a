import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../../core/problem';
import { supervise, type ProcessSpec } from '../../../infra/stack/supervise';
import { makeFolder, type Folder } from './folder';
import { until } from './until';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

function start(text: string) {
  const spec: ProcessSpec = {
    name: 'worker',
    role: 'worker',
    run: { script: folder.write('worker.cjs', text) },
  };
  const said: string[] = [];
  const problems: Problem[] = [];
  const running = supervise(spec, {
    home: folder.path,
    env: process.env,
    say: (line) => said.push(line),
    onStart: () => undefined,
    onGiveUp: (problem) => problems.push(problem),
  });
  const log = join(folder.path, 'logs/worker.log');
  return { running, said, problems, log: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

const patient = `
  process.stdin.resume().on('end', () => { console.log('drained'); process.exit(0); });
  console.log('up ' + process.pid);`;

it('starts a killed process again', async () => {
  const { running, said, log } = start(patient);
  await until('it is up', () => log().includes('up '));
  const first = running.pid() ?? 0;
  process.kill(first, 'SIGKILL');
  await until('a new one is up', () => running.pid() !== undefined && running.pid() !== first);
  await until('it says so', () => log().includes(`up ${running.pid()}`));
  expect(said.join()).toContain('worker ended (SIGKILL)');
  await running.stop();
});

it('lets it drain when it is stopped, and does not start it again', async () => {
  const { running, log } = start(patient);
  await until('it is up', () => log().includes('up '));
  await running.stop();
  expect(log()).toContain('drained');
  expect(running.pid()).toBeUndefined();
});

it('gives up on a process that always ends at once, and shows the end of its log', async () => {
  const { running, problems } = start(`console.error('cannot find the thing'); process.exit(3);`);
  await until('it gives up', () => problems.length > 0);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: 'process-failing', at: 'worker' });
  expect(problems[0]?.message).toContain('exit code 3');
  expect(problems[0]?.message).toContain('cannot find the thing');
  await running.stop();
});
