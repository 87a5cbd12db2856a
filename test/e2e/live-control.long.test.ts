// typical: 60 s
/** If these fail, a person cannot steer a running job, or a large job starves a small one. */
import { openDatabase } from '../../infra/database/open-database';
import { MockProcess } from '../support/mock-process';
import { type JobSeen, TestStack } from '../support/test-stack';
import { until } from '../support/until';

const LATENCY_MS = 100;
let mock: MockProcess;
let stack: TestStack;

beforeAll(async () => {
  mock = await MockProcess.start(LATENCY_MS);
  stack = await TestStack.create(mock.config(), { MINE_API_KEY: 'right' });
  await stack.start();
}, 120_000);
afterAll(async () => {
  await stack.remove();
  mock.stop();
});
beforeEach(() => mock.control({ reset: true, faults: {} }));

async function submit(name: string, samples: number, more: object = {}): Promise<string> {
  const { status, body } = await stack.post<JobSeen>('/jobs', {
    strategy: 'prompt-template',
    params: { template: `${name} {topic}.`, samples },
    inputs: { rows: Array.from({ length: 100 }, (_, i) => ({ topic: `topic ${i}` })) },
    models: { generator: 'mine/m' },
    ...more,
  });
  expect(status).toBe(201);
  return body.id;
}

/** The audit trail of what people wished. */
async function wishes(id: string): Promise<unknown[]> {
  const db = await openDatabase(stack.databaseUrl);
  try {
    const rows = await db
      .selectFrom('event')
      .select('data')
      .where('job', '=', id)
      .where('kind', '=', 'control')
      .execute();
    return rows.map(({ data }) => JSON.parse(data) as unknown);
  } finally {
    await db.destroy();
  }
}

const inFlight = async () => (await mock.stats()).inFlight;
const accepted = async (id: string) => (await stack.job(id)).rows.accepted;
const reached = (id: string, rows: number) =>
  until(async () => ((await accepted(id)) >= rows ? true : undefined), { what: `${rows} rows of ${id}` });

it('changes speed and priority of a running job, writes it down, and keeps it over a kill of everything', async () => {
  const id = await submit('speed', 60, { concurrency: 48 });
  await reached(id, 200);
  const answer = await fetch(`${stack.api}/v1/jobs/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ concurrency: 3, priority: 1 }),
  });
  expect(answer.status).toBe(200);
  await until(async () => ((await inFlight()) <= 3 ? true : undefined), { what: 'few calls in flight' });
  await stack.killAll();
  await stack.start();
  const before = await accepted(id);
  await reached(id, before + 30);
  expect(await inFlight()).toBeLessThanOrEqual(3);
  expect(await wishes(id)).toContainEqual(expect.objectContaining({ concurrency: 3, priority: 1 }));
  await fetch(`${stack.api}/v1/jobs/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ concurrency: 64 }),
  });
  const job = await stack.waitFor(id, ['succeeded']);
  expect(job.rows).toMatchObject({ accepted: 6_000, open: 0 });
}, 180_000);

it('gives a small job beside a large one its share of a provider that both want whole', async () => {
  await mock.control({ faults: { requestsPerSecondMax: 200 } });
  const large = await submit('large', 60, { concurrency: 128 });
  await reached(large, 400);
  const small = await submit('small', 3, { concurrency: 32 });
  const done = await stack.waitFor(small, ['succeeded']);
  expect(done.rows).toMatchObject({ accepted: 300, open: 0 });
  // Half of the rate was the small one's: the large one made about as many rows meanwhile, and is far from its end.
  expect(await accepted(large)).toBeLessThan(3_000);
  await mock.control({ faults: {} });
  await stack.waitFor(large, ['succeeded']);
}, 180_000);
