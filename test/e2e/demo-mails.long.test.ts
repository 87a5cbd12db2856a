// typical: 240 s
/** If this fails, the demo of error extrapolation does not run, loses rows in its kill, or claims what it did not measure. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobView } from '../../api/job-view';
import type { Report } from '../../core/report';
import { until } from '../support/until';

const MAIN = join(__dirname, '..', '..', 'lib', 'api', 'cli', 'main.js');
/** The first run on a machine also fetches Temporal, the model and the mails. */
const DEMO_TIMEOUT_MS = 15 * 60_000;
/** One more call is claimed, ready to be sent, when a slot frees. */
const IN_FLIGHT_MAX = 4;
const CALLS_MAX = 400;
const TOKENS_MAX = 150_000;
const SEED_ACCEPTED_SHARE_MIN = 0.5;

let folder: string;
let demo: ChildProcess;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perennial-demo-'));
  demo = spawn(process.execPath, [MAIN, 'demo', 'error-extrapolation', '--short', '--keep'], {
    cwd: folder,
    env: { ...process.env, PERENNIAL_HOME: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  demo.stdout!.on('data', (piece: Buffer) => (output += piece.toString()));
  demo.stderr!.on('data', (piece: Buffer) => (output += piece.toString()));
});
afterAll(async () => {
  if (demo.exitCode === null && demo.signalCode === null) {
    demo.kill('SIGTERM');
    await once(demo, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const found = (pattern: RegExp): string | undefined => pattern.exec(output)?.[1];

async function get(path: string): Promise<Response> {
  const api = found(/Everything keeps running: (http\S+)\/docs/u)!;
  const answer = await fetch(`${api}/v1${path}`);
  expect(answer.status).toBe(200);
  return answer;
}

it(
  'imitates errors on real mails, kills its generator, and says honestly what came of it',
  async () => {
    await until(
      () => found(/Everything keeps running: (\S+)/u) ?? (demo.exitCode === null ? undefined : 'ended'),
      { timeoutMs: DEMO_TIMEOUT_MS, what: 'the demo to end' },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${output}`);
    });
    expect(output).toMatch(/the estimate:[^]*total[^]*Job \S+ runs/u);
    expect(output).toMatch(
      /Killed the generator \(process \d+, SIGKILL\)[^]*It goes on by itself: process \d+/u,
    );
    expect(output).toContain('it adds up');

    const id = found(/^Job (\S+) runs/mu)!;
    const report = (await (await get(`/jobs/${id}/report`)).json()) as Report;
    const { rows, open, balanced, callsRepeated, calls } = report.proof;
    expect(rows.planned).toBe(rows.accepted + rows.rejected + rows.failed);
    expect({ open, balanced }).toEqual({ open: 0, balanced: true });
    expect(callsRepeated).toBeLessThanOrEqual(IN_FLIGHT_MAX + 1);
    expect(calls).toBeLessThanOrEqual(CALLS_MAX);
    const { inputTokens, outputTokens, usd } = report.cost;
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(TOKENS_MAX);
    expect(usd).toBe(0);
    const seed = report.stages.find(({ stage }) => stage === 'main/seed')!;
    expect(seed.accepted).toBeGreaterThanOrEqual(SEED_ACCEPTED_SHARE_MIN * seed.planned);

    // What is said last is what the report claims, and it compares with both arms.
    const last = output.split('\n').find((line) => line.startsWith('What this demo found: '))!;
    expect(last).toMatch(/points \(95 % CI [^)]+\)[^]*points \(95 % CI [^)]+\)/u);

    const file = await readFile(join(folder, '.perennial', 'demo', `${id}.jsonl`), 'utf8');
    expect(file).toBe(await (await get(`/jobs/${id}/dataset`)).text());
    expect(file.trim().split('\n')).toHaveLength(report.records);
    const job = (await (await get(`/jobs/${id}`)).json()) as JobView;
    expect(job.rows).toMatchObject({ planned: rows.planned, accepted: rows.accepted, open: 0 });

    demo.kill('SIGINT');
    expect(await once(demo, 'exit')).toEqual([0, null]);
  },
  DEMO_TIMEOUT_MS + 60_000,
);
