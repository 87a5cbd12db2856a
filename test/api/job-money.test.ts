import { TENANT } from '../../api/context';
import { changeState } from '../../infra/database/jobs';
import type { BudgetRow } from '../../infra/database/control';
import { type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let id: string;
beforeEach(async () => {
  fixture = await openFixture();
  id = await postJob(fixture, { budget: { usd: 2, calls: 100 } });
});
afterEach(() => fixture.close());

const ledger = (row: Partial<BudgetRow>, job = id) =>
  fixture.db.updateTable('budget').set(row).where('job', '=', job).execute();
const view = async (job = id) =>
  (await fixture.app.inject({ method: 'GET', url: `/v1/jobs/${job}` })).json<{
    cost: Record<string, unknown>;
    budget: object;
    block?: { message: string };
    control: object;
  }>();
const resume = (payload: object, job = id) =>
  fixture.app.inject({ method: 'POST', url: `/v1/jobs/${job}/resume`, payload });
const patch = (payload: object, job = id) =>
  fixture.app.inject({ method: 'PATCH', url: `/v1/jobs/${job}`, payload });
const block = { code: 'budget-reached', message: 'm', samples: [], choices: ['retry'] };

describe('what a job has cost', () => {
  it('is shown with what is in doubt and on its way apart', async () => {
    await ledger({
      ...{ calls_spent: 9, usd_spent: 1.23, calls_in_doubt: 1, usd_in_doubt: 0.04 },
      ...{ calls_reserved: 2, usd_reserved: 0.1, calls_estimated: 3 },
    });
    expect((await view()).cost).toMatchObject({
      ...{ usd: 1.23, usdInDoubt: 0.04, callsInDoubt: 1 },
      ...{ usdReserved: 0.1, callsReserved: 2, callsEstimated: 3, unpriced: [] },
    });
  });

  it('has nothing on its way when no call is, whatever crumbs the sums have left', async () => {
    await ledger({ usd_reserved: 3e-18 });
    expect((await view()).cost).toMatchObject({ callsReserved: 0, usdReserved: 0 });
  });

  it('is unknown once a model without a price was called: null, in the list as well', async () => {
    const unpriced = await postJob(fixture, { models: { generator: 'mine/unpriced' } });
    expect((await view(unpriced)).cost).toMatchObject({ usd: 0, unpriced: ['mine/unpriced'] });
    await ledger({ calls_spent: 3, calls_unpriced: 3, calls_in_doubt: 1 }, unpriced);
    expect((await view(unpriced)).cost).toMatchObject({ usd: null, usdInDoubt: null, callsUnpriced: 3 });
    const { jobs } = (await fixture.app.inject({ method: 'GET', url: '/v1/jobs' })).json<{
      jobs: { id: string; cost: object }[];
    }>();
    expect(jobs.find((job) => job.id === unpriced)?.cost).toEqual({ usd: null, usdInDoubt: null, calls: 3 });
  });

  it('at its cap is told with what to type', async () => {
    await ledger({ calls_spent: 9, usd_spent: 1.93, calls_in_doubt: 1, usd_in_doubt: 0.05 });
    await changeState(fixture.db, TENANT, id, { state: 'blocked', stage: 'write', block });
    const { message } = (await view()).block!;
    expect(message).toContain('$1.93 is spent and $0.05 is in doubt');
    expect(message).toContain('of $2 allowed');
    expect(message).toContain(`perennial resume ${id} --budget-usd`);
  });
});

describe('a new cap', () => {
  beforeEach(() =>
    ledger({ calls_spent: 10, usd_spent: 1.5, tokens_spent: 900, calls_in_doubt: 2, usd_in_doubt: 0.25 }),
  );

  it.each([
    [{ calls: 11 }, 'budget.calls', /at least 12 calls.*10 calls spent, 2 calls in doubt.*got 11 calls/],
    [{ usd: 1.6 }, 'budget.usd', /at least \$1.75.*\$1.5 spent, \$0.25 in doubt.*got \$1.6/],
    [{ tokens: 899 }, 'budget.tokens', /900 tokens/],
  ])('%j below what is used is refused, and nothing is changed', async (budget, at, message) => {
    const answer = await patch({ budget, concurrency: 3 });
    expect(answer.json()).toMatchObject({ status: 409, code: 'conflict', at });
    expect(answer.json<{ detail: string }>().detail).toMatch(message);
    const { budget: caps, control } = await view();
    expect(caps).toEqual({ usd: 2, calls: 100 });
    expect(control).toMatchObject({ concurrency: 256 });
  });

  it('may stop a running job where it is, but does not resume one there', async () => {
    expect((await patch({ budget: { calls: 12 } })).statusCode).toBe(200);
    await changeState(fixture.db, TENANT, id, { state: 'blocked', stage: 'write', block });
    fixture.workflows.asked.length = 0;
    expect((await resume({ budget: { calls: 12 } })).json()).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringContaining('more than 12 calls'),
    });
    expect(fixture.workflows.asked).toEqual([]);
    expect((await resume({ budget: { calls: 13 } })).statusCode).toBe(200);
    expect((await view()).budget).toEqual({ usd: 2, calls: 13 });
  });

  it('in dollars needs prices, also for a job that has begun', async () => {
    const unpriced = await postJob(fixture, { models: { generator: 'mine/unpriced' } });
    await changeState(fixture.db, TENANT, unpriced, { state: 'blocked', stage: 'write', block });
    for (const answer of [
      await patch({ budget: { usd: 5 } }, unpriced),
      await resume({ budget: { usd: 5 } }, unpriced),
    ])
      expect(answer.json()).toMatchObject({
        status: 400,
        code: 'params-invalid',
        at: 'budget.usd',
        detail: expect.stringContaining('mine/unpriced'),
      });
    expect((await view(unpriced)).budget).toEqual({});
  });
});
