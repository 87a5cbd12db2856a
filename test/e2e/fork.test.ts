/** If these fail, trying another filter or a few more samples costs a whole run again. */
import { ENTIGRAPH_EXAMPLES } from '../../core/strategies/entigraph/examples';
import { sortedDataset } from '../support/invariants';
import { type JobSeen, TestStack } from '../support/test-stack';

const ROWS = 20;
const BODY = {
  strategy: 'prompt-template',
  params: { template: 'Say something about {topic}.', samples: 2 },
  inputs: { rows: Array.from({ length: ROWS }, (_, i) => ({ topic: `topic ${i}` })) },
  models: { generator: 'scripted/scripted-1' },
};

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.create('providers: {}');
  await stack.start();
}, 120_000);
afterAll(() => stack.remove(), 60_000);

async function finish(path: string, body: object): Promise<JobSeen> {
  const { status, body: job } = await stack.post<JobSeen>(path, body);
  expect([status, JSON.stringify(job)]).toEqual([201, expect.any(String)]);
  const ended = await stack.waitFor(job.id, ['succeeded', 'failed', 'blocked']);
  expect(ended).toMatchObject({ state: 'succeeded', rows: { open: 0 } });
  return ended;
}

it('makes no call where nothing that matters has changed, and pays only for new rows', async () => {
  const old = await finish('/jobs', BODY);
  expect(old.cost.calls).toBe(2 * ROWS);
  const same = await finish(`/jobs/${old.id}/fork`, { tags: { try: '2' } });
  expect(same).toMatchObject({ forkedFrom: old.id, cost: { calls: 0, callsReused: 2 * ROWS } });
  expect(await sortedDataset(stack, same.id)).toEqual(await sortedDataset(stack, old.id));
  const more = await finish(`/jobs/${same.id}/fork`, { params: { samples: 3 } });
  expect(more).toMatchObject({ cost: { calls: ROWS, callsReused: 2 * ROWS }, rows: { planned: 3 * ROWS } });
  const other = await finish(`/jobs/${old.id}/fork`, { seed: 2 });
  expect(other.cost).toMatchObject({ calls: 2 * ROWS, callsReused: 0 });
}, 120_000);

it('leaves other texts out of the dataset for nothing', async () => {
  const old = await finish('/jobs', ENTIGRAPH_EXAMPLES[0]!);
  expect(old.cost.calls).toBeGreaterThan(0);
  const filtered = await finish(`/jobs/${old.id}/fork`, { params: { includeSummaries: false } });
  expect(filtered.cost.calls).toBe(0);
  expect(filtered.summary!.records).toBeLessThan(old.summary!.records);
}, 120_000);
