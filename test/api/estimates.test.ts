import { TENANT } from '../../api/context';
import { estimateJob } from '../../api/estimate';
import type { PilotView } from '../../api/estimate-pilot';
import { packJson } from '../../infra/database/compressed';
import { readBudget } from '../../infra/database/control';
import { changeState, frozenOf, listJobs, readJob } from '../../infra/database/jobs';
import { insertStage } from '../../infra/database/stages';
import { echo, type Fixture, JOB, openFixture, postJob } from './fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const estimate = (change: object = {}) =>
  fixture.app.inject({ method: 'POST', url: '/v1/estimates', payload: { ...JOB, ...change } });
const get = (url: string) => fixture.app.inject({ method: 'GET', url });
const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ text: `row ${n}` }));

describe('an estimate', () => {
  it('prices each stage by the model of its role, and says where the price comes from', async () => {
    expect((await estimate()).json()).toMatchObject({
      stages: [{ stage: 'write', role: 'generator', model: 'mine/big-1', costUsd: { low: 100 / 1e6 } }],
      prices: [{ role: 'generator', model: 'mine/big-1', pricesFrom: 'configuration' }],
      notes: [expect.stringContaining('not subtracted')],
    });
  });

  it('says that the job would be refused with its budget', async () => {
    expect((await estimate({ budget: { calls: 1 } })).json()).toMatchObject({
      notes: [
        expect.anything(),
        expect.stringMatching(/is refused: budget\.calls: .* the budget allows 1\./),
      ],
    });
    const unpriced = { models: { generator: 'mine/unpriced' }, budget: { usd: 1 } };
    expect((await estimate(unpriced)).json<{ notes: string[] }>().notes.at(-1)).toMatch(
      /is refused: budget\.usd: expected prices for every model, got none for mine\/unpriced/,
    );
  });

  it('never mixes the prices of two roles', () => {
    const million = { low: 1_000_000, high: 2_000_000 };
    const stage = (name: string, role: string) => ({
      ...{ stage: name, role, rows: million, calls: million },
      ...{ inputTokens: million, outputTokens: million },
    });
    const strategy = { ...echo, estimate: () => [stage('write', 'generator'), stage('judge', 'judge')] };
    const known = fixture.context.models.find('mine/big-1');
    const cheap = {
      ...known,
      name: 'mine/small',
      prices: { inputUsdPerMillion: 0.1, outputUsdPerMillion: 0.2 },
    };
    const whole = estimateJob({
      strategy,
      params: {},
      sizes: {},
      models: { generator: known, judge: cheap },
    });
    expect(whole.stages.map(({ costUsd }) => costUsd?.low)).toEqual([3, expect.closeTo(0.3)]);
    expect(whole.costUsd).toEqual({ low: expect.closeTo(3.3), high: expect.closeTo(6.6) });
    const { prices: _, ...unpriced } = cheap;
    const partly = estimateJob({
      strategy,
      params: {},
      sizes: {},
      models: { generator: known, judge: unpriced },
    });
    expect(partly.stages.map(({ costUsd }) => costUsd?.low)).toEqual([3, undefined]);
    expect(partly.costUsd).toBeUndefined();
  });

  it('names a list price as one, with its day', async () => {
    const model = { ...fixture.context.models.find('mine/big-1'), pricesFrom: 'list 2026-10-14' };
    const { notes } = estimateJob({
      strategy: echo,
      params: { samples: 1 },
      sizes: {},
      models: { generator: model },
    });
    expect(notes).toContainEqual(expect.stringContaining('mine/big-1: list price as of 2026-10-14'));
  });

  it('is unknown without a price, never 0', async () => {
    const answer = (await estimate({ models: { generator: 'mine/unpriced' } })).json<
      Record<string, unknown>
    >();
    expect(answer).not.toHaveProperty('costUsd');
    expect(answer['notes']).toContainEqual(expect.stringContaining('no price configured for mine/unpriced'));
  });

  it.each([
    ['usd', -1],
    ['usd', 0],
    ['usd', 1e18],
    ['usd', '5'],
    ['calls', -1],
    ['calls', 0],
    ['calls', 1.5],
    ['calls', 1e18],
    ['tokens', 1e18],
    ['tokens', null],
    ['euros', 5],
  ])('a budget of %s: %j is refused by name, for jobs and estimates alike', async (unit, value) => {
    const budget = { [unit]: value };
    const posted = await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload: { ...JOB, budget } });
    for (const answer of [await estimate({ budget }), posted])
      expect(answer.json()).toMatchObject({ status: 400, code: 'params-invalid', at: `budget.${unit}` });
    expect(fixture.workflows.asked).toEqual([]);
  });

  it('shows prices and their source for every configured model, and none where there is none', async () => {
    const { models } = (await get('/v1/models')).json<{ models: { name: string; prices?: object }[] }>();
    expect(models.find(({ name }) => name === 'mine/big-1')).toMatchObject({
      prices: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 },
      pricesFrom: 'configuration',
    });
    expect(models.find(({ name }) => name === 'mine/unpriced')).not.toHaveProperty('prices');
  });
});

/** The pilot's rows have ended: three calls each of so many tokens. */
async function endPilot(id: string, outputTokens: readonly number[]): Promise<void> {
  const at = { tenant: TENANT, job: id, stage: 'write', plan: 0 };
  await insertStage(fixture.db, at, {
    kind: 'rows',
    version: '1',
    planned: outputTokens.length,
    finished: true,
  });
  for (const [position, output_tokens] of outputTokens.entries()) {
    const key = `call-${id}-${position}`;
    const usage = { input_tokens: 12, output_tokens, cost_usd: 0 };
    const call = { tenant: TENANT, key, job: id, lease: null, provider: 'mine', model: 'big-1' };
    const answer = { state: 'answered' as const, response: packJson({}), request_id: null, latency_ms: 1 };
    const counts = { reserved_tokens: 0, reserved_usd: 0, cached_input_tokens: 0, at: 1 };
    await fixture.db
      .insertInto('call')
      .values({ ...call, ...answer, ...counts, ...usage })
      .execute();
    const end = {
      position,
      version: 0,
      row_key: key,
      state: 'accepted' as const,
      reason: null,
      detail: null,
    };
    const made = { record: null, record_tokens: 0, call_keys: key, calls: 1, at: 1 };
    await fixture.db
      .insertInto('outcome')
      .values({ ...at, ...end, ...made, ...usage })
      .execute();
  }
  await changeState(fixture.db, TENANT, id, { state: 'succeeded' });
}

describe('a pilot', () => {
  const body = { inputs: { rows: rows(500) }, budget: { calls: 5_000, usd: 3 } };
  const start = async () => {
    const answer = await estimate({ ...body, pilot: true });
    expect(answer.statusCode).toBe(202);
    return answer.json<PilotView>();
  };

  it('is a real, small job under a lid of its own', async () => {
    const view = await start();
    expect(view).toMatchObject({
      final: false,
      pilot: { state: 'queued' },
      estimate: { calls: { low: 500 } },
    });
    const job = await readJob(fixture.db, TENANT, view.pilot.id);
    expect(fixture.workflows.asked).toEqual([`start ${job.id}`]);
    const frozen = frozenOf(job);
    expect(frozen).toMatchObject({ seed: 1, tags: { pilot: 'true' }, estimate: { calls: { low: 20 } } });
    const file = (await get(`/v1/files/${frozen.inputs['rows']?.[0]}`)).json<{ bytes: number }>();
    expect(file.bytes).toBe(rows(20).reduce((sum, row) => sum + JSON.stringify(row).length + 1, 0));
    const budget = await readBudget(fixture.db, TENANT, job.id);
    expect(budget).toMatchObject({ calls_max: 80, usd_max: 3 });
  });

  it('is started once for one body', async () => {
    const [first, second] = [await start(), await start()];
    expect(second.pilot.id).toBe(first.pilot.id);
    expect(await listJobs(fixture.db, TENANT, { limit: 9 })).toHaveLength(1);
  });

  it('narrows the estimate of the whole job to what its calls took', async () => {
    const { pilot, links, estimate: before } = await start();
    await endPilot(
      pilot.id,
      Array.from({ length: 20 }, (_, n) => 30 + (n % 5)),
    );
    const after = (await get(links.self)).json<PilotView>();
    expect(after).toMatchObject({ final: true, pilot: { state: 'succeeded' } });
    expect(after.measured).toMatchObject([
      { stage: 'write', calls: 20, callsPerRow: { mean: 1 }, inputTokensPerCall: { mean: 12, low: 12 } },
    ]);
    expect(after.estimate.calls).toEqual({ low: 500, high: 500 });
    expect(after.estimate.inputTokens).toEqual({ low: 6_000, high: 6_000 });
    const width = ({ outputTokens: { low, high } }: PilotView['estimate']) => high - low;
    expect(width(after.estimate)).toBeLessThan(width(before) / 5);
    expect(after.estimate.outputTokens.low).toBeLessThan(500 * 32);
    expect(after.estimate.outputTokens.high).toBeGreaterThan(500 * 32);
    expect(after.estimate.costUsd?.high).toBeCloseTo((6_000 + 2 * after.estimate.outputTokens.high) / 1e6);
  });

  it('that took too few calls measures nothing', async () => {
    const { pilot, links, estimate: before } = await start();
    await endPilot(pilot.id, [30, 40]);
    const after = (await get(links.self)).json<PilotView>();
    expect([after.measured, after.estimate]).toEqual([[], before]);
  });

  it('is refused like the job itself, and spends nothing then', async () => {
    expect((await estimate({ pilot: true, params: { samples: 0 } })).json()).toMatchObject({
      code: 'params-invalid',
    });
    expect((await estimate({ pilot: true, budget: { calls: 1 } })).json()).toMatchObject({
      code: 'estimate-over-budget',
    });
    expect((await get('/v1/jobs')).json()).toEqual({ jobs: [] });
    const id = await postJob(fixture);
    expect((await get(`/v1/estimates/${id}`)).json()).toMatchObject({
      status: 404,
      detail: expect.stringContaining('no pilot'),
    });
  });
});
