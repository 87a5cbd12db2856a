/** The mock endpoint as a process of its own; the same one for everything that is compared. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiled, ROOT } from './root.mjs';

export async function startMock(latencyMs) {
  const child = spawn(
    process.execPath,
    [
      '--import',
      join(ROOT, 'test/bench/support/mock-clock.mjs'),
      compiled('infra/models/scripted/mock-endpoint-process.js'),
      '--port',
      '0',
      '--latency',
      String(latencyMs),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = `http://127.0.0.1:${JSON.parse(line).listening}`;
  return {
    url: `${url}/v1`,
    pid: child.pid,
    reset: () => fetch(`${url}/__control`, { method: 'POST', body: '{"reset":true}' }),
    /** `answeringMs`: from the first answer to the last one. */
    stats: async () => (await fetch(`${url}/__stats`)).json(),
    stop: () => child.stdin.end(),
  };
}
