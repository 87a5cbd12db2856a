import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../infra/config';
import { readRecord } from '../../../infra/stack/leftovers';
import { compiled } from '../../../infra/stack/package-root';
import { identify, isAlive, type ProcessIdentity } from '../../../infra/stack/process-identity';
import { startStack } from '../../../infra/stack/stack';
import type { ProcessSpec } from '../../../infra/stack/supervise';
import { makeFolder, type Folder } from './folder';
import { until } from './until';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

const config = () =>
  loadConfig(
    {
      PERENNIAL_HOME: join(folder.path, 'home'),
      PERENNIAL_API_PORT: '0',
      PERENNIAL_TEMPORAL_PORT: '0',
      PERENNIAL_TEMPORAL_UI_PORT: '0',
    },
    folder.path,
  );

/** An API, a worker that drains, and a foreign program under the guard. */
function fakes(): ProcessSpec[] {
  const order = join(folder.path, 'order');
  const head = `
    const { appendFileSync } = require('node:fs');
    require(${JSON.stringify(compiled('infra/stack/exit-with-parent.js'))}).exitWithParent();
    const end = (name) => process.once('SIGTERM', () => { appendFileSync(${JSON.stringify(order)}, name + ' '); process.exit(0); });`;
  const api = folder.write(
    'api.cjs',
    `${head} end('api');
    require('node:http').createServer((_, answer) => answer.end('{}')).listen(Number(process.env.PERENNIAL_API_PORT), '127.0.0.1');`,
  );
  const worker = folder.write('worker.cjs', `${head} end('worker'); setInterval(() => {}, 1000);`);
  return [
    { name: 'temporal', role: 'temporal', run: { program: 'sh', args: ['-c', 'sleep 1000 & sleep 1000'] } },
    { name: 'generator', role: 'worker', run: { script: worker } },
    { name: 'api', role: 'api', run: { script: api } },
  ];
}

const options = () => ({ say: () => undefined, embeddedModel: 'off' as const, processes: fakes() });

function identities(pids: readonly number[]): ProcessIdentity[] {
  return pids.flatMap((pid) => identify(pid) ?? []);
}

it('starts, answers, restarts a killed process and stops in order', async () => {
  const stack = await startStack(config(), options());
  expect((await fetch(`${stack.addresses.api}/readyz`)).status).toBe(200);
  const before = stack.pid('generator') ?? 0;
  process.kill(before, 'SIGKILL');
  await until('the generator is back', () => ![undefined, before].includes(stack.pid('generator')));
  await until(
    'it is recorded',
    () => readRecord(config().home)?.processes.some(({ pid }) => pid === stack.pid('generator')) === true,
  );
  const left = identities(stack.processes.map(({ pid }) => pid));
  expect(left).toHaveLength(3);
  await stack.stop();
  expect(await stack.exited).toBeUndefined();
  expect(left.filter(isAlive)).toEqual([]);
  expect(readFileSync(join(folder.path, 'order'), 'utf8')).toMatch(/^api (worker )?$/);
});

it('refuses a second stack on the same folder, and names the first', async () => {
  const stack = await startStack(config(), options());
  const second = startStack(config(), options());
  await expect(second).rejects.toMatchObject({ code: 'stack-running' });
  await expect(second).rejects.toThrow(stack.addresses.api);
  await expect(second).rejects.toThrow(`process ${process.pid}`);
  await stack.stop();
  await (await startStack(config(), options())).stop();
});

it('ends with one clear error when a process cannot stay up', async () => {
  const broken: ProcessSpec = {
    name: 'orchestrator',
    role: 'worker',
    run: { script: join(folder.path, 'missing.cjs') },
  };
  const processes = fakes().filter(({ name }) => name !== 'api');
  const failing = startStack(config(), { ...options(), processes: [...processes, broken] });
  await expect(failing).rejects.toMatchObject({ code: 'process-failing', at: 'orchestrator' });
  expect(readRecord(config().home)).toBeUndefined();
});

it('leaves no process alive when the supervisor is killed', async () => {
  const supervisor = folder.write(
    'supervisor.cjs',
    `const { startStack } = require(${JSON.stringify(compiled('infra/stack/stack.js'))});
     startStack(${JSON.stringify(config())}, { say() {}, embeddedModel: 'off', processes: ${JSON.stringify(fakes())} })
       .then((stack) => console.log(JSON.stringify(stack.processes)), (error) => { console.error(error); process.exit(1); });`,
  );
  const child = spawn(process.execPath, [supervisor], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pids = (JSON.parse(line.toString()) as { pid: number }[]).map(({ pid }) => pid);
  const pidFile = join(config().home, 'run/temporal.json');
  await until('the guard has noted its program', () => existsSync(pidFile));
  const program = JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  const left = [...identities(pids), program];
  expect(left).toHaveLength(4);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until('all are gone', () => !left.some(isAlive));
});
