import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.mjs';

/** One run of the bare loop in a fresh process that has warmed up before the clock starts. */
export async function runBare(mock, { inFlight, calls, request, run }) {
  const child = spawn(process.execPath, [join(ROOT, 'test/bench/support/bare-loop.mjs')], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  child.stdin.write(`${JSON.stringify({ url: mock.url, inFlight, calls, request, run })}\n`);
  await once(lines, 'line');
  await mock.reset();
  child.stdin.write('go\n');
  const [line] = await once(lines, 'line');
  const { answered, answeringMs } = await mock.stats();
  if (answered !== calls) throw new Error(`bare loop: expected ${calls} answers, got ${answered}`);
  const { seconds, cpuMs } = JSON.parse(line);
  return { rowsPerSecond: (1000 * answered) / answeringMs, seconds, cpuMsPerRow: cpuMs / calls };
}
