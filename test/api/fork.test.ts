/** If these fail, a changed copy of a job is another job than the person meant, or starts twice. */
import { TENANT } from '../../api/context';
import { writeBudget } from '../../infra/database/control';
import { listEvents } from '../../infra/database/events';
import { changeState, frozenOf, readJob } from '../../infra/database/jobs';
import { type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let old: string;
const OLD = {
  params: { samples: 3, style: 'fancy', prompts: { system: 'Be long.' } },
  budget: { calls: 1_000, tokens: 1_000_000 },
  seed: 7,
  concurrency: 5,
  tags: { team: 'a', night: 'yes' },
};
beforeEach(async () => {
  fixture = await openFixture();
  old = await postJob(fixture, OLD);
});
afterEach(() => fixture.close());

const fork = (payload: object = {}, headers: Record<string, string> = {}) =>
  fixture.app.inject({ method: 'POST', url: `/v1/jobs/${old}/fork`, payload, headers });
const frozen = async (id: string) => frozenOf(await readJob(fixture.db, TENANT, id));
const forked = async (payload: object = {}) => {
  const answer = await fork(payload);
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)]);
  return answer.json<{ id: string; forkedFrom: string; control: { concurrency: number } }>();
};
const events = async (id: string, kind: string) =>
  (await listEvents(fixture.db, TENANT, id, 0, 100))
    .filter((event) => event.kind === kind)
    .map(({ data }) => JSON.parse(data) as object);

it('copies everything, shows where it comes from, and notes it on both', async () => {
  const copy = await forked();
  expect(await frozen(copy.id)).toEqual(await frozen(old));
  expect(copy).toMatchObject({ forkedFrom: old, control: { concurrency: 5 } });
  expect(fixture.workflows.asked).toContain(`start ${copy.id}`);
  expect(await events(old, 'forked')).toEqual([{ to: copy.id }]);
  expect(await events(copy.id, 'created')).toMatchObject([{ forkedFrom: old }]);
  const list = await fixture.app.inject({ url: '/v1/jobs' });
  expect(list.json()).toMatchObject({ jobs: [{ id: copy.id, forkedFrom: old }, { id: old }] });
});

it('lays changes over the old values name by name; null takes one away', async () => {
  const changed = await forked({
    params: { samples: 2, style: null },
    inputs: { rows: [{ text: 'c' }] },
    budget: { tokens: null, calls: 50 },
    seed: 8,
    tags: { night: null, try: '2' },
  });
  const { inputs, ...rest } = await frozen(changed.id);
  expect(rest).toMatchObject({
    params: { samples: 2, style: 'plain' },
    prompts: { system: 'Be long.' },
    budget: { calls: 50 },
    seed: 8,
    tags: { team: 'a', try: '2' },
  });
  expect(rest.budget).toEqual({ calls: 50 });
  expect(rest.tags).not.toHaveProperty('night');
  expect(inputs).not.toEqual((await frozen(old)).inputs);
});

it('keeps a cap that was raised since, and lays a preset over the old parameters', async () => {
  await writeBudget(fixture.db, TENANT, old, { calls: 2_000 }, 'test');
  const large = await forked({ preset: 'large', params: { sampling: { temperature: 0.5 } } });
  expect(await frozen(large.id)).toMatchObject({
    preset: 'large',
    params: { samples: 10, style: 'fancy', sampling: { temperature: 0.5 } },
    budget: { calls: 2_000, tokens: 1_000_000 },
  });
});

it.each(['queued', 'running', 'blocked', 'failed', 'cancelled', 'succeeded'] as const)(
  'forks a job that is %s, and leaves that as it is',
  async (state) => {
    await changeState(fixture.db, TENANT, old, { state });
    await forked({ seed: 9 });
    expect(await readJob(fixture.db, TENANT, old)).toMatchObject({ state });
  },
);

it('makes one job of equal requests with one key, and refuses another request with it', async () => {
  const key = { 'idempotency-key': 'fork-1' };
  const first = await fork({ seed: 9 }, key);
  const second = await fork({ seed: 9 }, key);
  expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
  expect(second.json<{ id: string }>().id).toBe(first.json<{ id: string }>().id);
  expect((await fork({ seed: 10 }, key)).json()).toMatchObject({ status: 409, code: 'conflict' });
  expect(await events(old, 'forked')).toHaveLength(1);
});

it('is checked as every job is, before anything starts', async () => {
  fixture.workflows.asked.length = 0;
  const codes = [
    [{ params: { sample: 1 } }, 'params-invalid'],
    [{ preset: 'huge' }, 'params-invalid'],
    [{ models: { generator: 'mine/none' } }, 'model-unknown'],
    [{ models: { generator: null } }, 'params-invalid'],
    [{ budget: { calls: 1 } }, 'estimate-over-budget'],
    [{ strategy: 'other' }, 'params-invalid'],
  ] as const;
  for (const [change, code] of codes) expect((await fork(change)).json()).toMatchObject({ code });
  old = 'echo-rows-none';
  expect((await fork()).json()).toMatchObject({ code: 'job-not-found' });
  expect(fixture.workflows.asked).toEqual([]);
});
