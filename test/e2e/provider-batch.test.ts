/** If these fail, a job in batch mode loses answers that were paid for, pays twice, or waits for ever. */
import type { ActivityDeps } from '../../activities';
import type { FrozenJob } from '../../core/job-body';
import { STRATEGIES } from '../../core/strategies/registry';
import { QUEUES } from '../../core/story/ports';
import type { Block } from '../../core/story/vocabulary';
import { listBatches } from '../../infra/database/batches';
import { readBudget, writeWish } from '../../infra/database/control';
import { findStage } from '../../infra/database/stages';
import type { BatchClient } from '../../infra/models/batch/batch-client';
import { type MockEndpoint, startMockEndpoint } from '../../infra/models/scripted/mock-endpoint';
import { InProcess } from '../support/in-process';
import { until } from '../support/until';

const TENANT = 'default';
const REQUESTS_MAX = 100;
const ROWS = (n: number) => Array.from({ length: n }, (_, i) => ({ topic: `topic ${i}` }));
const job = (name: string, more: Partial<FrozenJob> = {}) => ({
  strategy: 'prompt-template',
  mode: 'batch' as const,
  models: { generator: 'mine/m' },
  params: { template: `${name}: say something about {topic}.`, samples: 1 },
  ...more,
});
interface RemoteView {
  readonly id: string;
  readonly status: string;
  readonly metadata: { readonly perennial_job: string };
  readonly request_counts: { readonly total: number; readonly completed: number };
}

let mock: MockEndpoint;
let stack: InProcess;
const root = () => mock.url.replace('/v1', '');

async function wish(wanted: object): Promise<void> {
  const answer = await fetch(`${root()}/__batches`, { method: 'POST', body: JSON.stringify(wanted) });
  expect(answer.status).toBe(200);
}

async function remotes(id: string): Promise<RemoteView[]> {
  const all = (await (await fetch(`${root()}/__batches`)).json()) as RemoteView[];
  return all.filter(({ metadata }) => metadata.perennial_job === id);
}

/** The promises of a finished job in batch mode. */
async function expectWhole(id: string, rows: number, online: number): Promise<void> {
  const stage = await findStage(stack.db, { tenant: TENANT, job: id, stage: 'generate', plan: 0 });
  expect(stage).toMatchObject({ planned: rows, accepted: rows, rejected: 0, failed: 0 });
  expect(mock.stats()).toMatchObject({ duplicates: 0, answered: rows, requests: online });
  expect(await readBudget(stack.db, TENANT, id)).toMatchObject({
    calls_spent: rows,
    calls_reserved: 0,
    tokens_reserved: 0,
    calls_in_doubt: 0,
    tokens_in_doubt: 0,
    calls_repeated: 0,
    calls_reused: 0,
  });
  const batches = await listBatches(stack.db, TENANT, id);
  expect(batches.map(({ state }) => state)).toEqual(batches.map(() => 'collected'));
  expect(await stack.db.selectFrom('lease').select('id').where('job', '=', id).execute()).toEqual([]);
}

async function submit(id: string, rows: number, more: Partial<FrozenJob> = {}): Promise<void> {
  mock.reset();
  await stack.submit(id, job(id, more), ROWS(rows));
}

/** Files of answers that were read. */
const files = new Set<string>();

const blockOf = async (id: string) => JSON.parse((await stack.waitFor(id, 'blocked')).block!) as Block;

async function withClient(change: (client: BatchClient) => Partial<BatchClient>): Promise<void> {
  await stack.stopWorkers();
  const spoil = (deps: ActivityDeps): ActivityDeps => {
    const batches: ActivityDeps['models']['batches'] = (provider) => {
      const endpoint = deps.models.batches(provider);
      return { ...endpoint, client: { ...endpoint.client, ...change(endpoint.client) } };
    };
    return { ...deps, models: { ...deps.models, batches } };
  };
  await stack.startWorkers({ spoil });
}

/** What a process that dies looks like to Temporal: the attempt is over, and another one begins. */
const died = () => Object.assign(new Error('the process is gone'), { code: 'ECONNRESET' });

beforeAll(async () => {
  mock = await startMockEndpoint({ strategies: STRATEGIES });
  stack = await InProcess.start({
    config: [
      'providers:',
      '  mine:',
      `    baseUrl: ${mock.url}`,
      `    batch: { requestsMax: ${REQUESTS_MAX}, lookFirstMs: 20, lookMaxMs: 100, relistMs: 200 }`,
      '    models:',
      '      m: { capabilities: [chat, jsonSchema, seed, batch], prices: { inputUsdPerMillion: 100, outputUsdPerMillion: 200 } }',
      '  patient:',
      `    baseUrl: ${mock.url}`,
      '    batch: { lookFirstMs: 600000, lookMaxMs: 600000 }',
      '    models:',
      '      m: { capabilities: [chat, batch] }',
    ].join('\n'),
  });
}, 120_000);
afterEach(() => wish({ fates: [], hold: null, listLag: 0 }));
afterAll(async () => {
  await stack.stop();
  await mock.close();
}, 60_000);

it('answers every row through batches at half the price, with no single call', async () => {
  await submit('prompt-template-happy', 250);
  await stack.waitFor('prompt-template-happy', 'succeeded');
  await expectWhole('prompt-template-happy', 250, 0);
  expect((await remotes('prompt-template-happy')).map((one) => one.request_counts.completed).sort()).toEqual([
    100, 100, 50,
  ]);
  const { usd_spent, input_tokens, output_tokens } = await readBudget(
    stack.db,
    TENANT,
    'prompt-template-happy',
  );
  expect(usd_spent).toBeCloseTo((input_tokens * 50 + output_tokens * 100) / 1e6, 9);
}, 120_000);

it.each([
  ['requests that fail', { answerShare: 0.6 }, 40],
  ['a batch that expires', { end: 'expired', answerShare: 0.3 }, 70],
  ['a batch that somebody cancels', { end: 'cancelled', answerShare: 0.5 }, 50],
  [
    'a batch that is invalid',
    { end: 'failed', error: { code: 'invalid_json_line', message: 'no JSON' } },
    100,
  ],
])(
  'sends the rows of %s online',
  async (name, fate, online) => {
    const id = `prompt-template-${name.replaceAll(' ', '-')}`;
    await wish({ fates: [fate] });
    await submit(id, 100);
    await stack.waitFor(id, 'succeeded');
    await expectWhole(id, 100, online);
  },
  120_000,
);

it.each([
  ['a creation', { creation: 'out-of-funds' }],
  [
    'a whole batch',
    { end: 'failed', error: { code: 'billing_hard_limit_reached', message: 'Billing hard limit.' } },
  ],
])(
  'blocks when the account is empty at %s, burns no row, and tries again after resume',
  async (name, fate) => {
    const id = `prompt-template-funds-${name.replaceAll(' ', '-')}`;
    await wish({ fates: [fate] });
    await submit(id, 100);
    expect(await blockOf(id)).toMatchObject({ code: 'out-of-funds', choices: ['retry'] });
    expect(mock.stats().answered).toBe(0);
    await stack.resume(id);
    await stack.waitFor(id, 'succeeded');
    await expectWhole(id, 100, 0);
  },
  120_000,
);

it('waits with a smaller batch when the provider’s queue is full', async () => {
  const id = 'prompt-template-queue';
  const error = { code: 'token_limit_exceeded', message: 'Enqueued token limit reached.' };
  await wish({ fates: [{ end: 'failed', error }] });
  await submit(id, 100);
  await stack.waitFor(id, 'succeeded');
  await expectWhole(id, 100, 0);
  expect((await remotes(id)).map((one) => one.request_counts.completed).sort()).toEqual([0, 50, 50]);
}, 120_000);

it('finds the batch whose creation was cut off, also when the list shows it late', async () => {
  const id = 'prompt-template-cut';
  await wish({ fates: [{ creation: 'cut' }], listLag: 1 });
  await submit(id, 100);
  await stack.waitFor(id, 'succeeded');
  expect(await remotes(id)).toHaveLength(1);
  await expectWhole(id, 100, 0);
}, 120_000);

it('creates a batch again only when it cannot be found', async () => {
  const id = 'prompt-template-500';
  await wish({ fates: [{ creation: '500' }] });
  await submit(id, 100);
  await stack.waitFor(id, 'succeeded');
  expect(await remotes(id)).toHaveLength(1);
  await expectWhole(id, 100, 0);
}, 120_000);

it.each<[string, (client: BatchClient, once: () => boolean) => Partial<BatchClient>]>([
  [
    'before the upload',
    (client, once) => ({ upload: async (...of) => (once() ? Promise.reject(died()) : client.upload(...of)) }),
  ],
  [
    'before the creation',
    (client, once) => ({ create: async (...of) => (once() ? Promise.reject(died()) : client.create(...of)) }),
  ],
  [
    'after the creation',
    (client, once) => ({
      create: async (...of) => {
        const made = await client.create(...of);
        if (once()) throw died();
        return made;
      },
    }),
  ],
  [
    'at a look',
    (client, once) => ({ retrieve: async (id) => (once() ? Promise.reject(died()) : client.retrieve(id)) }),
  ],
  [
    'between the files of answers',
    (client, once) => ({
      lines: (file, signal) => {
        if (files.add(file).size === 2 && once()) throw died();
        return client.lines(file, signal);
      },
    }),
  ],
  [
    'after the answers',
    (client, once) => ({ remove: async (file) => (once() ? Promise.reject(died()) : client.remove(file)) }),
  ],
])(
  'pays nothing twice when a process dies %s',
  async (name, change) => {
    const id = `prompt-template-died-${name.replaceAll(' ', '-')}`;
    let deaths = 0;
    await withClient((client) => change(client, () => (deaths += 1) === 1));
    await submit(id, 100);
    await stack.waitFor(id, 'succeeded');
    await stack.stopWorkers();
    await stack.startWorkers();
    await expectWhole(id, 100, 0);
    expect((await remotes(id)).filter(({ status }) => status === 'completed')).toHaveLength(1);
  },
  120_000,
);

it('waits while the job is paused, and the batch goes on', async () => {
  const id = 'prompt-template-paused';
  await wish({ hold: 'in_progress' });
  await submit(id, 100);
  await until(async () => (await remotes(id)).find(({ status }) => status === 'in_progress'), {
    what: 'the batch',
  });
  await writeWish(stack.db, TENANT, id, { paused: true }, 'test');
  await stack.client.workflow.getHandle(id).executeUpdate('pause');
  await stack.waitFor(id, 'paused');
  await wish({ hold: null });
  await writeWish(stack.db, TENANT, id, { paused: false }, 'test');
  await stack.resume(id);
  await stack.waitFor(id, 'succeeded');
  expect(await remotes(id)).toHaveLength(1);
  await expectWhole(id, 100, 0);
}, 120_000);

it('goes on with an open batch in a new run', async () => {
  const id = 'prompt-template-terminated';
  await wish({ hold: 'in_progress' });
  await submit(id, 100);
  await until(async () => (await remotes(id)).find(({ status }) => status === 'in_progress'), {
    what: 'the batch',
  });
  await stack.client.workflow.getHandle(id).terminate('by a person');
  await startAgain(id);
  await wish({ hold: null });
  await stack.waitFor(id, 'succeeded');
  expect(await remotes(id)).toHaveLength(1);
  await expectWhole(id, 100, 0);
}, 120_000);

it.each([
  ['at once', 'finalizing', { calls_in_doubt: 0, calls_spent: 40 }],
  ['later', 'in_progress', { calls_in_doubt: 100, calls_spent: 0 }],
])(
  'cancels the batch of a cancelled job that ends %s; a resumed one takes its answers and batches the rest',
  async (when, hold, money) => {
    const id = `prompt-template-cancelled-${when.replace(' ', '-')}`;
    await wish({ hold, fates: [{ answerShare: 0.4 }] });
    await submit(id, 100);
    await until(async () => (await remotes(id)).find(({ status }) => status === hold), { what: 'the batch' });
    if (when === 'at once') {
      // Held while the job looks, free when it ends.
      const handle = stack.client.workflow.getHandle(id);
      await writeWish(stack.db, TENANT, id, { paused: true }, 'test');
      await handle.executeUpdate('pause');
      await stack.waitFor(id, 'paused');
      await wish({ hold: null });
    }
    await writeWish(stack.db, TENANT, id, { ending: true, paused: false }, 'test');
    const handle = stack.client.workflow.getHandle(id);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    await stack.waitFor(id, 'cancelled');
    expect((await remotes(id))[0]!.status).toMatch(/cancel/);
    expect(await readBudget(stack.db, TENANT, id)).toMatchObject({ ...money, calls_reserved: 0 });
    await wish({ hold: null });
    await writeWish(stack.db, TENANT, id, { ending: false }, 'test');
    await startAgain(id);
    await stack.waitFor(id, 'succeeded');
    expect((await remotes(id)).map((one) => one.request_counts.completed).sort()).toEqual([40, 60]);
    await expectWhole(id, 100, 0);
  },
  120_000,
);

it('heeds a pause and a giving up in the middle of a long wait, and cancels the batch then', async () => {
  const id = 'prompt-template-given-up';
  await wish({ hold: 'in_progress' });
  await submit(id, 10, { models: { generator: 'patient/m' } });
  await until(
    async () => (await listBatches(stack.db, TENANT, id)).find(({ state }) => state === 'submitted'),
    { what: 'the batch' },
  );
  const handle = stack.client.workflow.getHandle(id);
  await writeWish(stack.db, TENANT, id, { paused: true }, 'test');
  await handle.executeUpdate('pause');
  await stack.waitFor(id, 'paused');
  expect((await remotes(id))[0]!.status).toMatch(/validating|in_progress/);
  await writeWish(stack.db, TENANT, id, { ending: true }, 'test');
  await handle.executeUpdate('fail');
  await stack.waitFor(id, 'failed');
  expect((await remotes(id))[0]!.status).toBe('cancelling');
  expect(await readBudget(stack.db, TENANT, id)).toMatchObject({ calls_reserved: 0, calls_in_doubt: 10 });
}, 120_000);

it('makes batches as small as the budget, and blocks when it holds none', async () => {
  const id = 'prompt-template-budget';
  await submit(id, 100, { budget: { calls: 60 } });
  expect(await blockOf(id)).toMatchObject({ code: 'budget-reached' });
  expect(mock.stats().answered).toBe(60);
  await stack.db.updateTable('budget').set({ calls_max: 100 }).where('job', '=', id).execute();
  await stack.resume(id);
  await stack.waitFor(id, 'succeeded');
  await expectWhole(id, 100, 0);
}, 120_000);

it('asks a person when the provider has lost a batch, and goes online where they say so', async () => {
  const id = 'prompt-template-lost';
  await wish({ hold: 'in_progress' });
  await submit(id, 100);
  const batch = await until(
    async () => (await listBatches(stack.db, TENANT, id)).find(({ state }) => state === 'submitted'),
    { what: 'the batch' },
  );
  await stack.db.updateTable('batch').set({ remote_id: 'batch_gone' }).where('id', '=', batch.id).execute();
  expect(await blockOf(id)).toMatchObject({ code: 'model-gone', choices: ['retry', 'online'] });
  await stack.choose(id, 'generate', 'model-gone', 'online');
  await stack.waitFor(id, 'succeeded');
  expect(await readBudget(stack.db, TENANT, id)).toMatchObject({ calls_spent: 100, calls_in_doubt: 100 });
}, 120_000);

/** As a resume of a closed run does. */
async function startAgain(id: string): Promise<void> {
  await stack.db.updateTable('job').set({ state: 'queued' }).where('id', '=', id).execute();
  await stack.client.workflow.start('promptTemplate', {
    workflowId: id,
    taskQueue: QUEUES.orchestrator,
    args: [{ jobId: id }],
  });
}
