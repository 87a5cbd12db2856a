/** If these fail, a bug of ours or a long history ends a user's job for good. */
import { sql } from 'kysely';
import type { Block } from '../../core/story/vocabulary';
import type { ModelClient } from '../../infra/models/model-client';
import { findStage } from '../../infra/database/stages';
import { readBudget } from '../../infra/database/control';
import { InProcess } from '../support/in-process';
import { until } from '../support/until';

const SUGGESTED_EVENTS = 200;
const ROWS = (n: number) => Array.from({ length: n }, (_, i) => ({ topic: `topic ${i}` }));
const job = (samples = 1) => ({ strategy: 'prompt-template', params: { template: 'Say {topic}.', samples } });

let stack: InProcess;
beforeAll(async () => {
  stack = await InProcess.start({
    serverFlags: ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${SUGGESTED_EVENTS}`],
  });
}, 120_000);
afterAll(() => stack.stop(), 60_000);

it('blocks on a bug in an activity, keeps what was done, and finishes after the fix', async () => {
  const broken: ModelClient = {
    send: () => Promise.reject(new TypeError('undefined is not a function')),
    close: () => Promise.resolve(),
  };
  await stack.stopWorkers();
  await stack.startWorkers({
    spoil: (deps) => ({ ...deps, models: { ...deps.models, client: () => broken } }),
  });
  await stack.submit('prompt-template-bug', job(), ROWS(10));
  const { block } = await stack.waitFor('prompt-template-bug', 'blocked');
  expect(JSON.parse(block!)).toMatchObject({
    code: 'internal',
    message: 'TypeError: undefined is not a function',
    choices: ['retry'],
  });
  await stack.stopWorkers();
  await stack.startWorkers();
  await stack.resume('prompt-template-bug');
  await stack.waitFor('prompt-template-bug', 'succeeded');
  const stage = await findStage(stack.db, {
    tenant: 'default',
    job: 'prompt-template-bug',
    stage: 'generate',
    plan: 0,
  });
  expect(stage).toMatchObject({ planned: 10, accepted: 10, rejected: 0, failed: 0 });
  expect(await readBudget(stack.db, 'default', 'prompt-template-bug')).toMatchObject({
    calls_spent: 10,
    calls_reserved: 0,
  });
}, 120_000);

it('blocks when the model cannot do the work, says so with samples, and goes on when a person accepts it', async () => {
  const id = 'prompt-template-refused';
  const usage = { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5 };
  const reply = { text: 'I am sorry, I cannot do that.', finish: 'stop', refused: true, usage } as const;
  const refusing: ModelClient = {
    send: () => Promise.resolve({ reply, latencyMs: 1, headers: {} }),
    close: () => Promise.resolve(),
  };
  await stack.stopWorkers();
  await stack.startWorkers({
    spoil: (deps) => ({ ...deps, models: { ...deps.models, client: () => refusing } }),
  });
  await stack.submit(id, { ...job(), params: { template: 'Refuse {topic}.', samples: 2 } }, ROWS(600));
  const tooMany = JSON.parse((await stack.waitFor(id, 'blocked')).block!) as Block;
  expect(tooMany).toMatchObject({ code: 'too-many-bad-rows', choices: ['accept'] });
  expect(tooMany.samples[0]).toContain('refusal');
  await stack.choose(id, 'generate', 'too-many-bad-rows', 'accept');
  const shortfall = await until(
    async () => {
      const { block } = await stack.job(id);
      return block?.includes('shortfall') ? (JSON.parse(block) as Block) : undefined;
    },
    { what: 'the shortfall' },
  );
  expect(shortfall.message).toContain('0 of 1200');
  await stack.choose(id, 'generate', 'shortfall', 'accept');
  expect(JSON.parse((await stack.waitFor(id, 'succeeded')).summary!)).toMatchObject({
    rejected: 1_200,
    records: 0,
  });
  await stack.stopWorkers();
  await stack.startWorkers();
}, 120_000);

it('blocks when the disk is full, loses nothing, and goes on after [a job never dies of a fixable cause]', async () => {
  const id = 'prompt-template-full';
  const pages = async () =>
    Number((await sql<{ page_count: number }>`pragma page_count`.execute(stack.db)).rows[0]!.page_count);
  await sql`pragma max_page_count = ${sql.lit((await pages()) + 30)}`.execute(stack.db);
  await stack.submit(id, { ...job(3), params: { template: 'Full: {topic}.', samples: 30 } }, ROWS(30));
  const details = await until(
    async () => {
      const shown = await stack.client.workflow
        .getHandle(id)
        .query<{ currentDetails: string }>('__temporal_workflow_metadata')
        .catch(() => undefined);
      return shown?.currentDetails.includes('storage-full') ? shown.currentDetails : undefined;
    },
    { what: 'the full disk to be shown' },
  );
  expect(details).toContain('Free some space');
  await sql`pragma max_page_count = 1000000`.execute(stack.db);
  await stack.waitFor(id, 'blocked');
  await stack.resume(id);
  await stack.waitFor(id, 'succeeded');
  const stage = await findStage(stack.db, { tenant: 'default', job: id, stage: 'generate', plan: 0 });
  expect(stage).toMatchObject({ planned: 900, accepted: 900, failed: 0 });
}, 120_000);

it('crosses many runs of a small history without losing or doubling a row [nothing vanishes]', async () => {
  const id = 'prompt-template-long';
  await stack.submit(id, job(60), ROWS(1_000));
  await stack.waitFor(id, 'succeeded', 240_000);
  const stage = await findStage(stack.db, { tenant: 'default', job: id, stage: 'generate', plan: 0 });
  expect(stage).toMatchObject({ planned: 60_000, accepted: 60_000 });
  const runs = await until(
    async () => {
      const all = await stack.histories(`${id}/generate`);
      return all.length >= 3 ? all : undefined;
    },
    { what: 'three runs of generate to be listed' },
  );
  const lanes = 10; // 256 calls in flight want eight batches, and two to spare
  for (const { history } of runs)
    expect(history.events!.length).toBeLessThanOrEqual(SUGGESTED_EVENTS + 8 * lanes);
}, 300_000);
