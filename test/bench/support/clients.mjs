/** Other programs that do the same work, given on the command line as `name=command`. See docs/benchmarking.md. */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { atExit } from './at-exit.mjs';
import { requestLines } from './jobs.mjs';
import { answersPerSecond } from './mock.mjs';
import { ROOT } from './root.mjs';
import { answeredBySecond } from './timeline.mjs';

const PLACEHOLDER = /\{(calls|concurrency|baseUrl|input|output)\}/g;
const ERROR_CHARACTERS_MAX = 200;

/** `name=command`, the command for a shell. Throws what to write instead. */
export function parseClient(text) {
  const [, name, command] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new Error(
      `--client: expected name=command with a name of letters, digits, ".", "_" and "-", got "${text}".`,
    );
  return { name, command };
}

/** One run of a client. A client that ends with an error is measured by what it has written. */
export async function runClient(mock, { name, command }, { calls, inFlight, run, faults, deadlineMs }) {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-bench-client-'));
  const [input, output] = [join(folder, 'input.jsonl'), join(folder, 'output.jsonl')];
  try {
    await pipeline(
      Readable.from(withLineEnds(requestLines(`${run} ${name}`, calls))),
      createWriteStream(input),
    );
    await mock.begin(faults);
    const values = { calls: String(calls), concurrency: String(inFlight), baseUrl: mock.url, input, output };
    const ended = await runCommand(command, values, deadlineMs);
    const stats = await mock.history();
    await mock.begin();
    const rows = await countRows(output);
    return {
      rowsPerSecond: stats.answered > 1 ? answersPerSecond(stats) : 0,
      requests: stats.requests,
      limited: stats.byStatus['429'] ?? 0,
      missing: Math.max(0, calls - rows),
      paidTwice: stats.repeated,
      ended,
      bySecond: answeredBySecond(stats.timeline),
      timeline: stats.timeline,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function* withLineEnds(lines) {
  for (const line of lines) yield `${line}\n`;
}

/** @returns how it ended: `in order`, or what went wrong */
async function runCommand(command, values, deadlineMs) {
  const filled = command.replace(PLACEHOLDER, (_, name) => `'${values[name]}'`);
  const child = spawn(filled, {
    shell: true,
    cwd: ROOT,
    detached: true, // a group of its own, so that all of it can be ended
    env: { ...process.env, OPENAI_API_KEY: 'none', OPENAI_BASE_URL: values.baseUrl, ...variables(values) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (piece) => (complaint = `${complaint}${piece}`.slice(-ERROR_CHARACTERS_MAX)));
  const endGroup = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  };
  const forget = atExit(endGroup);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup();
  }, deadlineMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  forget();
  if (late) return `ended after ${deadlineMs / 1000} s`;
  return code === 0 ? 'in order' : `exit code ${code}: ${complaint.trim().split('\n').at(-1)}`;
}

/** `BENCH_BASE_URL` and so on. */
function variables(values) {
  const entries = Object.entries(values).map(([name, value]) => [
    `BENCH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(entries);
}

/** Rows in the output: by their `id` where they have one, so that a row written twice counts once. */
async function countRows(file) {
  if (!existsSync(file)) return 0;
  const ids = new Set();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    line += 1;
    if (text.trim() === '') continue;
    try {
      ids.add(JSON.parse(text).id ?? `line ${line}`);
    } catch {
      // cut in the middle of a line: not a row
    }
  }
  return ids.size;
}
