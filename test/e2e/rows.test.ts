/** If these fail, a person who has repaired what made rows fail cannot get them back, or a plain server blocks a job. */
import type { ModelRequest, Reply } from '../../core/calls';
import { openRows } from '../../core/story/vocabulary';
import { readBudget } from '../../infra/database/control';
import { listEvents } from '../../infra/database/events';
import { retryRows } from '../../infra/database/retry-rows';
import { countsOf, findStage } from '../../infra/database/stages';
import { type ModelClient, ModelFault } from '../../infra/models/model-client';
import { expectPromisesKept } from '../support/invariants';
import { InProcess } from '../support/in-process';
import { until } from '../support/until';

const ROWS = 100;
const rows = Array.from({ length: ROWS }, (_, i) => ({ topic: `topic ${i}` }));
const jobOf = (name: string, more: object = {}) => ({
  strategy: 'prompt-template',
  params: { template: `${name} {topic}.`, ...more },
});
const usage = { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5 };

/** What the model does now; every call in flight is over before a test changes it. */
let behaviour: (request: ModelRequest, seed: number) => Reply | Promise<Reply>;
const reply = (text: string): Reply => ({ text, finish: 'stop', refused: false, usage });
const good = (_request: ModelRequest, seed: number) => reply(`answer ${seed}`);
const empty = () => reply('');
const refusedByServer = (): never => {
  throw new ModelFault({
    status: 400,
    message: 'bad',
    body: { error: { message: 'no such adapter', type: 'x' } },
  });
};
const client: ModelClient = {
  send: async (request, { seed }) => ({
    reply: await behaviour(request, seed ?? 0),
    latencyMs: 1,
    headers: {},
  }),
  close: () => Promise.resolve(),
};

let stack: InProcess;
beforeAll(async () => {
  stack = await InProcess.start({
    spoil: (deps) => ({ ...deps, models: { ...deps.models, client: () => client } }),
  });
}, 120_000);
afterAll(() => stack.stop(), 60_000);

const counts = async (job: string) =>
  countsOf((await findStage(stack.db, { tenant: 'default', job, stage: 'generate', plan: 0 }))!);
const retry = (job: string, outcome: 'failed' | 'rejected') =>
  retryRows(stack.db, 'default', job, { outcome }, 'test');
const calls = async (job: string) => (await readBudget(stack.db, 'default', job)).calls_spent;
const blockedBy = (id: string, code: string) =>
  until(async () => ((await stack.job(id)).block?.includes(`"${code}"`) ? true : undefined), {
    what: `${id} to be blocked by ${code}`,
  });
async function expectWhole(id: string): Promise<void> {
  await stack.waitFor(id, 'succeeded');
  const ended = await counts(id);
  const { calls_spent, calls_reused, calls_repeated, calls_in_doubt } = await readBudget(
    stack.db,
    'default',
    id,
  );
  await expectPromisesKept(stack.db, {
    id,
    state: 'succeeded',
    rows: { ...ended, open: openRows(ended) },
    cost: {
      calls: calls_spent,
      callsReused: calls_reused,
      callsRepeated: calls_repeated,
      callsInDoubt: calls_in_doubt,
    },
  });
  expect(ended).toMatchObject({ planned: ROWS, accepted: ROWS });
}

it('asks failed rows again once the endpoint is repaired, in the run that waits for a person', async () => {
  const id = 'prompt-template-failed';
  behaviour = refusedByServer;
  await stack.submit(id, jobOf('Fail'), rows);
  await stack.waitFor(id, 'blocked'); // as too many bad rows, or as shortfall where all of them ended first
  const { failed } = await counts(id);
  expect(failed).toBeGreaterThan(0);
  behaviour = good;
  expect(await retry(id, 'failed')).toEqual([{ stage: 'generate', plan: 0, rows: failed }]);
  expect(await counts(id)).toMatchObject({ failed: 0 });
  await stack.resume(id);
  await expectWhole(id);
  expect(await calls(id)).toBe(ROWS);
}, 120_000);

it('draws anew for rejected rows after the stage was judged, and an equal retry of an equal job costs nothing', async () => {
  const [first, second] = ['prompt-template-drawn', 'prompt-template-equal'];
  behaviour = empty;
  await stack.submit(first, jobOf('Draw'), rows);
  await blockedBy(first, 'shortfall');
  behaviour = good;
  await retry(first, 'rejected');
  await stack.resume(first);
  await expectWhole(first);
  expect(await calls(first)).toBe(2 * ROWS);
  await stack.submit(second, jobOf('Draw'), rows);
  await blockedBy(second, 'shortfall');
  await retry(second, 'rejected');
  await stack.resume(second);
  await expectWhole(second);
  expect(await calls(second)).toBe(0);
  const hashes = await Promise.all(
    [first, second].map(
      async (id) => (JSON.parse((await stack.job(id)).summary!) as { datasetHash: string }).datasetHash,
    ),
  );
  expect(hashes[0]).toBe(hashes[1]);
}, 120_000);

it('takes reopened rows up while the job runs, although their batches are over', async () => {
  const id = 'prompt-template-running';
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let broken = true;
  behaviour = async (request, seed) => {
    const asked = JSON.stringify(request);
    if (asked.includes('topic 99.'))
      await released; // keeps the stage from its end
    else if (broken && asked.includes('topic 1')) return refusedByServer();
    return good(request, seed);
  };
  await stack.submit(id, jobOf('Run', { badRowShareMax: 1 }), rows);
  const failing = 11; // 1, 10 to 19
  await until(
    async () => {
      const stage = await findStage(stack.db, { tenant: 'default', job: id, stage: 'generate', plan: 0 });
      const ended = stage && stage.accepted + stage.failed === ROWS - 1 && stage.failed === failing;
      return ended ? true : undefined;
    },
    { what: 'all rows but the slow one to end' },
  );
  broken = false;
  expect(await retry(id, 'failed')).toMatchObject([{ rows: failing }]);
  expect(await counts(id)).toMatchObject({ planned: ROWS, accepted: ROWS - 1 - failing, failed: 0 });
  release();
  await expectWhole(id);
  expect(await calls(id)).toBe(ROWS);
}, 120_000);

it('takes reopened rows up in a new run, and in one that found nothing to do at first', async () => {
  const id = 'prompt-template-new-run';
  behaviour = empty;
  await stack.submit(id, jobOf('Again'), rows);
  await blockedBy(id, 'shortfall');
  await stack.client.workflow.getHandle(id).terminate('by a person');
  await stack.client.workflow.start('promptTemplate', {
    workflowId: id,
    taskQueue: 'perennial-orchestrator',
    args: [{ jobId: id }],
  });
  const blocks = async () =>
    (await listEvents(stack.db, 'default', id, 0, 100)).filter(({ kind }) => kind === 'blocked').length;
  await until(async () => ((await blocks()) === 2 ? true : undefined), { what: 'the new run to block' });
  behaviour = good;
  await retry(id, 'rejected');
  await stack.resume(id);
  await expectWhole(id);
}, 120_000);

it('does the job with a server that takes no answer format, and says how to spare the refused calls', async () => {
  const id = 'prompt-template-format';
  const schema = {
    type: 'object',
    properties: { stars: { type: 'integer' } },
    required: ['stars'],
    additionalProperties: false,
  };
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  behaviour = async (request) => {
    if (request.kind === 'chat' && request.format !== undefined) {
      const error = { message: `response_format ${request.format.type} is not supported`, type: 'x' };
      throw new ModelFault({ status: 400, message: 'bad', body: { error } });
    }
    if (JSON.stringify(request).includes('topic 549')) await released; // the last batch
    return reply('{"stars": 4}');
  };
  const many = Array.from({ length: 550 }, (_, i) => ({ topic: `topic ${i}` }));
  await stack.submit(id, jobOf('Format', { jsonSchema: schema }), many);
  const problem = await until(async () => (await stack.job(id)).problem ?? undefined, { what: 'the hint' });
  expect(problem).toMatch(/scripted-1: .*response_format.*capabilities in perennial\.config\.yaml/);
  release();
  await stack.waitFor(id, 'succeeded');
  expect(await counts(id)).toMatchObject({ planned: 550, accepted: 550 });
  expect(await calls(id)).toBe(3 * 550); // the schema, JSON mode, and the plain question
}, 120_000);
