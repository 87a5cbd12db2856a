/** If these fail, a job asks for the batch price and pays another, or learns too late that its model has no batches. */
import { TENANT } from '../../api/context';
import { frozenOf, readJob } from '../../infra/database/jobs';
import { type Fixture, JOB, openFixture, postJob } from './fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const BATCHED = { mode: 'batch', models: { generator: 'mine/batched' } };
const post = (url: string, payload: object) => fixture.app.inject({ method: 'POST', url, payload });
const frozen = async (id: string) => frozenOf(await readJob(fixture.db, TENANT, id));

it('refuses a model without batches, naming role and model', async () => {
  const answer = await post('/v1/jobs', { ...JOB, mode: 'batch' });
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'model-unfit' });
  expect(answer.json<{ detail: string }>().detail).toMatch(
    /models\.generator: expected a model with capability batch, got mine\/big-1.*Configured: mine\/batched/,
  );
});

it('refuses another mode by name', async () => {
  const answer = await post('/v1/jobs', { ...JOB, mode: 'batches' });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'params-invalid']);
});

it('keeps the mode with the job and shows it; a job that says nothing is online', async () => {
  const batched = await postJob(fixture, BATCHED);
  expect(await frozen(batched)).toMatchObject({ mode: 'batch' });
  const view = await fixture.app.inject({ method: 'GET', url: `/v1/jobs/${batched}` });
  expect(view.json()).toMatchObject({ mode: 'batch' });
  const online = await postJob(fixture);
  expect(await frozen(online)).not.toHaveProperty('mode');
  const other = await fixture.app.inject({ method: 'GET', url: `/v1/jobs/${online}` });
  expect(other.json()).toMatchObject({ mode: 'online' });
});

it('estimates at the batch price', async () => {
  const costOf = async (body: object) =>
    (await post('/v1/estimates', { ...JOB, ...body })).json<{ costUsd: { low: number; high: number } }>()
      .costUsd;
  const [online, batch] = [await costOf({ models: BATCHED.models }), await costOf(BATCHED)];
  expect(online.low).toBeGreaterThan(0);
  expect(batch.low).toBeCloseTo(online.low / 2, 12);
  expect(batch.high).toBeCloseTo(online.high / 2, 12);
});
