import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { answersPerSecond } from './mock.mjs';
import { ROOT } from './root.mjs';

/** One run of the bare loop in a fresh process that has warmed up, without faults, before the clock starts. */
export async function runBare(mock, { inFlight, calls, request, run, faults }) {
  await mock.begin();
  const child = spawn(process.execPath, [join(ROOT, 'test/bench/support/bare-loop.mjs')], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`bare loop: it ended with exit code ${code} before its last line`);
  });
  gone.catch(() => undefined); // it ends in order later
  const lines = createInterface(child.stdout);
  const nextLine = () => Promise.race([once(lines, 'line'), gone]);
  child.stdin.write(`${JSON.stringify({ url: mock.url, inFlight, calls, request, run })}\n`);
  await nextLine();
  await mock.begin(faults);
  child.stdin.write('go\n');
  const [line] = await nextLine();
  const stats = await mock.stats();
  if (stats.answered !== calls)
    throw new Error(`bare loop: expected ${calls} answers, got ${stats.answered}`);
  const { seconds, cpuMs } = JSON.parse(line);
  return { rowsPerSecond: answersPerSecond(stats), seconds, cpuMsPerRow: cpuMs / calls };
}
