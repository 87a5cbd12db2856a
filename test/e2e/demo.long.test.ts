// typical: 240 s
/** If this fails, the first thing a stranger runs does not work, or its kill loses or repeats something. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobView } from '../../api/job-view';
import type { Report } from '../../core/report';
import { until } from '../support/until';

const MAIN = join(__dirname, '..', '..', 'lib', 'api', 'cli', 'main.js');
/** The first run on a machine also fetches Temporal, the model and the text. */
const DEMO_TIMEOUT_MS = 15 * 60_000;
/** One more call is claimed, ready to be sent, when a slot frees. */
const IN_FLIGHT_MAX = 4;
const RELATE_CALLS_MAX = 8;
/** Of five or six rows; four to six records were counted in each of four runs. */
const RECORDS_MIN = 2;

let folder: string;
let demo: ChildProcess;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perennial-demo-'));
  demo = spawn(process.execPath, [MAIN, 'demo', '--short', '--keep'], {
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
  'makes a corpus with the embedded model, kills its generator, and proves that nothing was lost',
  async () => {
    await until(
      () => found(/Everything keeps running: (\S+)/u) ?? (demo.exitCode === null ? undefined : 'ended'),
      {
        timeoutMs: DEMO_TIMEOUT_MS,
        what: 'the demo to end',
      },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${output}`);
    });
    expect(output).toMatch(
      /Killed the generator \(process \d+, SIGKILL\)[^]*It goes on by itself: process \d+/u,
    );
    expect(output).toContain('it adds up');
    expect(output).toContain('Mechanics only');

    const id = found(/^Job (\S+) runs/mu)!;
    const report = (await (await get(`/jobs/${id}/report`)).json()) as Report;
    const { rows, open, balanced, callsRepeated } = report.proof;
    expect(rows.planned).toBe(rows.accepted + rows.rejected + rows.failed);
    expect({ open, balanced }).toEqual({ open: 0, balanced: true });
    expect(callsRepeated).toBeLessThanOrEqual(IN_FLIGHT_MAX + 1);
    expect(report.cost.usd).toBe(0);
    expect(report.notes.join(' ')).toContain('Mechanics only');
    const relations = report.stages.find(({ stage }) => stage === 'entigraph')!;
    expect(relations.calls).toBeLessThanOrEqual(RELATE_CALLS_MAX);
    expect(report.records).toBeGreaterThanOrEqual(RECORDS_MIN);

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
