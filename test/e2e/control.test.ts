/** If these fail, a person cannot stop what costs money, or cannot go on after they have repaired what was wrong. */
import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../../infra/database/open-database';
import { expectPromisesKept, sortedDataset } from '../support/invariants';
import { MockProcess } from '../support/mock-process';
import { type JobSeen, TestStack } from '../support/test-stack';
import { until } from '../support/until';

const LATENCY_MS = 50;
let mock: MockProcess;
let stack: TestStack;
let client: Client;

/** @param name makes the job's calls its own: equal jobs would share their answers */
const bodyOf = (name: string, rows: number, more: object = {}) => ({
  strategy: 'prompt-template',
  params: { template: `${name}: say something about {topic}.`, samples: rows / 10 },
  inputs: { rows: Array.from({ length: 10 }, (_, i) => ({ topic: `topic ${i}` })) },
  models: { generator: 'mine/m' },
  ...more,
});

async function submit(body: object): Promise<string> {
  const { status, body: job } = await stack.post<JobSeen>('/jobs', body);
  expect(status).toBe(201);
  return job.id;
}

const accepted = (id: string, rows: number) =>
  until(async () => ((await stack.job(id)).rows.accepted >= rows ? true : undefined), {
    what: `${rows} accepted rows`,
  });

async function connect(): Promise<void> {
  client = new Client({ connection: await Connection.connect({ address: stack.temporal }) });
}

beforeAll(async () => {
  mock = await MockProcess.start(LATENCY_MS);
  stack = await TestStack.create(mock.config(), { MINE_API_KEY: 'right' });
  await stack.start();
  await connect();
}, 120_000);
afterAll(async () => {
  await client.connection.close();
  await stack.remove();
  mock.stop();
});

it('pauses within two seconds by the endpoint’s clock, stays paused over a restart of everything, and resumes', async () => {
  const id = await submit(bodyOf('pause', 2_000, { concurrency: 24 }));
  await accepted(id, 200);
  expect((await stack.post(`/jobs/${id}/pause`)).status).toBeLessThan(300);
  const wished = Date.now();
  await stack.waitFor(id, ['paused']);
  await until(async () => ((await mock.stats()).inFlight === 0 ? true : undefined), {
    what: 'calls in flight to end',
  });
  const quiet = await mock.stats();
  expect(quiet.lastRequestAt - wished).toBeLessThan(2_000);
  await client.connection.close();
  await stack.killAll();
  await stack.start();
  await connect();
  const again = await stack.waitFor(id, ['paused']);
  expect((await mock.stats()).requests).toBe(quiet.requests);
  expect(again.rows.open).toBeGreaterThan(0);
  await stack.post(`/jobs/${id}/resume`);
  const job = await stack.waitFor(id, ['succeeded']);
  expect(job.rows).toMatchObject({ accepted: 2_000, open: 0 });
  expect(job.cost.callsRepeated).toBe(0);
}, 120_000);

it('goes on in a new run after a termination, fenced from the old one, without paying again', async () => {
  const before = (await mock.stats()).requests;
  const id = await submit(bodyOf('terminate', 2_000, { concurrency: 24 }));
  await accepted(id, 200);
  await client.workflow.getHandle(id).terminate('by a person');
  expect((await stack.post(`/jobs/${id}/resume`)).status).toBeLessThan(300);
  const job = await stack.waitFor(id, ['succeeded']);
  expect((await mock.stats()).requests - before).toBe(2_000);
  const db = await openDatabase(stack.databaseUrl);
  try {
    await expectPromisesKept(db, job);
    const { epoch } = await db
      .selectFrom('control')
      .select('epoch')
      .where('job', '=', id)
      .executeTakeFirstOrThrow();
    expect(epoch).toBe(2);
  } finally {
    await db.destroy();
  }
}, 120_000);

it('shows a terminated job as failed, and a resume makes it whole', async () => {
  const id = await submit(bodyOf('swept', 1_000, { concurrency: 24 }));
  await accepted(id, 100);
  await client.workflow.getHandle(id).terminate('by a person');
  const job = await stack.waitFor(id, ['failed']);
  expect(job).toMatchObject({ problem: expect.stringContaining('terminated') as string });
  await stack.post(`/jobs/${id}/resume`);
  expect((await stack.waitFor(id, ['succeeded'])).rows).toMatchObject({ accepted: 1_000, open: 0 });
}, 120_000);

it('blocks at once when the key is rejected, burns no row, and finishes once the key is repaired', async () => {
  await mock.control({ requireKey: 'rotated' });
  const id = await submit(bodyOf('key', 200));
  const blocked = await stack.waitFor(id, ['blocked']);
  expect(blocked.block).toMatchObject({
    code: 'key-rejected',
    message: expect.stringContaining('mine/m') as string,
  });
  expect(JSON.stringify(blocked)).not.toContain('right');
  expect(blocked.rows).toMatchObject({ accepted: 0, rejected: 0, failed: 0, open: 200 });
  const details = await client.workflow
    .getHandle(id)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(details.currentDetails).toContain('key-rejected');
  await client.connection.close();
  await stack.stop();
  await stack.start({ MINE_API_KEY: 'rotated' });
  await connect();
  await stack.post(`/jobs/${id}/resume`);
  expect((await stack.waitFor(id, ['succeeded'])).rows).toMatchObject({ accepted: 200, failed: 0 });
}, 120_000);

it('makes one job of two equal requests with one Idempotency-Key, and no call for an equal job', async () => {
  const body = bodyOf('twice', 100);
  const [first, second] = [
    await stack.post<JobSeen>('/jobs', body, { 'idempotency-key': 'k1' }),
    await stack.post<JobSeen>('/jobs', body, { 'idempotency-key': 'k1' }),
  ];
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.id).toBe(first.body.id);
  await stack.waitFor(first.body.id, ['succeeded']);
  const before = (await mock.stats()).requests;
  const equal = await submit(body);
  const job = await stack.waitFor(equal, ['succeeded']);
  expect((await mock.stats()).requests).toBe(before);
  expect(job.cost).toMatchObject({ calls: 0, callsReused: 100 });
  expect(await sortedDataset(stack, equal)).toEqual(await sortedDataset(stack, first.body.id));
});

it('never sends more calls than the cap, and goes on when the cap is raised [the bill has a lid]', async () => {
  const before = (await mock.stats()).requests;
  const small = await stack.post<{ code: string }>(
    '/jobs',
    bodyOf('too small', 300, { budget: { calls: 100 } }),
  );
  expect([small.status, small.body.code]).toEqual([422, 'estimate-over-budget']);
  const id = await submit(bodyOf('budget', 1_000, { budget: { calls: 1_000 }, concurrency: 16 }));
  await accepted(id, 50);
  const lowered = await fetch(`${stack.api}/v1/jobs/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ budget: { calls: 500 } }),
  });
  expect(lowered.status).toBe(200);
  const blocked = await stack.waitFor(id, ['blocked']);
  expect(blocked).toMatchObject({ block: { code: 'budget-reached' }, rows: { rejected: 0, failed: 0 } });
  expect((await mock.stats()).requests - before).toBe(500);
  expect(blocked.cost.calls).toBe(500);
  await stack.post(`/jobs/${id}/resume`, { budget: { calls: 1_000 } });
  expect((await stack.waitFor(id, ['succeeded'])).rows).toMatchObject({ accepted: 1_000, open: 0 });
  expect((await mock.stats()).requests - before).toBe(1_000);
});

it('cancels, and a resume of the cancelled job finishes it from the ledger', async () => {
  const id = await submit(bodyOf('cancel', 2_000, { concurrency: 24 }));
  await accepted(id, 200);
  await stack.post(`/jobs/${id}/cancel`);
  const cancelled = await stack.waitFor(id, ['cancelled']);
  expect(cancelled.rows.open).toBeGreaterThan(0);
  const before = (await mock.stats()).requests;
  const { rows } = await stack.job(id);
  await stack.post(`/jobs/${id}/resume`);
  expect((await stack.waitFor(id, ['succeeded'])).rows).toMatchObject({ accepted: 2_000, open: 0 });
  expect((await mock.stats()).requests - before).toBeLessThanOrEqual(2_000 - rows.accepted);
}, 120_000);
