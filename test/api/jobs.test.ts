import { frozenOf, readJob } from '../../infra/database/jobs';
import { readControl } from '../../infra/database/control';
import { TENANT } from '../../api/context';
import { addRows, type Fixture, JOB, openFixture, postJob } from './fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const post = (payload: unknown, headers = {}) =>
  fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload: payload as object, headers });
const get = (url: string) => fixture.app.inject({ method: 'GET', url });

describe('a job that is refused costs nothing, and its message says what to do', () => {
  const cases: [string, object, number, string, string, RegExp][] = [
    ['unknown key', { modles: {} }, 400, 'params-invalid', 'modles', /did you mean "models"/i],
    ['no strategy', { strategy: undefined }, 400, 'params-invalid', 'strategy', /a string, got nothing/],
    ['unknown strategy', { strategy: 'echo-row' }, 400, 'strategy-unknown', 'strategy', /mean "echo-rows"/],
    ['unknown preset', { preset: 'quik' }, 400, 'params-invalid', 'preset', /quick, large.*mean "quick"/],
    ['unknown parameter', { params: { sample: 1 } }, 400, 'params-invalid', 'params.sample', /"samples"/],
    [
      'unknown nested parameter',
      { params: { sampling: { temprature: 1 } } },
      400,
      'params-invalid',
      'params.sampling.temprature',
      /mean "temperature"/,
    ],
    [
      'out of range',
      { params: { samples: 0 } },
      400,
      'params-invalid',
      'params.samples',
      /at least 1, got 0/,
    ],
    ['wrong type', { params: { samples: 'many' } }, 400, 'params-invalid', 'params.samples', /"many"/],
    [
      'not of the list',
      { params: { style: 'x' } },
      400,
      'params-invalid',
      'params.style',
      /"plain", "fancy"/,
    ],
    [
      'unknown prompt',
      { params: { prompts: { aks: 'x' } } },
      400,
      'params-invalid',
      'params.prompts.aks',
      /"ask"/,
    ],
    [
      'a forgotten slot',
      { params: { prompts: { ask: 'Answer {text}.' } } },
      400,
      'params-invalid',
      'params.prompts.ask',
      /slots style, text, got the slots text/,
    ],
    [
      'a stray brace',
      { params: { prompts: { ask: 'Answer {text} {' } } },
      400,
      'params-invalid',
      'params.prompts.ask',
      /brace/,
    ],
    ['no input', { inputs: {} }, 400, 'params-invalid', 'inputs.rows', /rows with a text.*got nothing/],
    ['unknown input', { inputs: { row: [{}] } }, 400, 'params-invalid', 'inputs.row', /mean "rows"/],
    ['bad input', { inputs: { rows: 'rows.jsonl' } }, 400, 'params-invalid', 'inputs.rows', /file:<id>/],
    [
      'rows where files are read',
      { inputs: { ...JOB.inputs, notes: [{}] } },
      400,
      'params-invalid',
      'inputs.notes',
      /txt/,
    ],
    ['no such file', { inputs: { rows: 'file:nope' } }, 404, 'file-not-found', 'inputs.rows', /"nope"/],
    [
      'bad rows',
      { inputs: { rows: [{ text: 'a' }, { txt: 1 }] } },
      422,
      'rows-invalid',
      'inline-rows.jsonl:2',
      /"text"/,
    ],
    [
      'no model',
      { models: {} },
      400,
      'params-invalid',
      'models.generator',
      /Configured: mine\/big-1, mine\/unpriced/,
    ],
    ['unknown role', { models: { writer: 'x/y' } }, 400, 'params-invalid', 'models.writer', /generator/],
    ['unknown model', { models: { generator: 'x/y' } }, 422, 'model-unknown', 'models.generator', /"x\/y"/],
    [
      'a model that cannot',
      { models: { generator: 'mine/embedder' } },
      422,
      'model-unfit',
      'models.generator',
      /chat.*which has embed/,
    ],
    [
      'over the budget',
      { budget: { calls: 1 } },
      422,
      'estimate-over-budget',
      'budget.calls',
      /at least 2 calls, the budget allows 1.*"write"/,
    ],
    [
      'dollars without prices',
      { budget: { usd: 1 }, models: { generator: 'mine/unpriced' } },
      400,
      'params-invalid',
      'budget.usd',
      /none for mine\/unpriced/,
    ],
    ['a URL smuggled in', { baseUrl: 'http://x' }, 400, 'params-invalid', 'baseUrl', /expected one of/],
  ];
  it.each(cases)('%s', async (_name, change, status, code, at, message) => {
    const answer = await post({ ...JOB, ...change });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status, code, at, detail: expect.stringMatching(message) });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toMatch(/\bat .*\.ts:\d+/);
    expect((await get('/v1/jobs')).json()).toEqual({ jobs: [] });
    expect(fixture.workflows.asked).toEqual([]);
  });

  it('names a body that is no JSON, or nested too deeply', async () => {
    const headers = { 'content-type': 'application/json' };
    const broken = await fixture.app.inject({
      method: 'POST',
      url: '/v1/jobs',
      payload: '{"strategy":',
      headers,
    });
    expect(broken.json()).toMatchObject({ status: 400, code: 'body-invalid' });
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const payload = `{"strategy":"echo-rows","params":{"samples":${deep}}}`;
    const nested = await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload, headers });
    expect(nested.statusCode).toBe(400);
  });
});

describe('a job that is taken', () => {
  it('is frozen with preset, defaults and files, and its workflow starts', async () => {
    const answer = await post({
      ...JOB,
      preset: 'large',
      params: { samples: 2, prompts: { system: 'Be long.' } },
    });
    expect(answer.statusCode).toBe(201);
    const { id, links } = answer.json<{ id: string; links: object }>();
    expect(id).toMatch(/^echo-rows-[0-9A-Z]{26}$/);
    expect(links).toMatchObject({ self: `/v1/jobs/${id}`, temporal: `http://127.0.0.1:8233/${id}` });
    const job = await readJob(fixture.db, TENANT, id);
    expect(job).toMatchObject({ state: 'queued', started: 1, model: 'mine/big-1' });
    const frozen = frozenOf(job);
    expect(frozen).toMatchObject({
      strategyVersion: 2,
      params: { samples: 2, style: 'fancy', sampling: { temperature: 1 } },
      prompts: { system: 'Be long.' },
      seed: 1,
      estimate: { calls: { low: 4, high: 8 } },
    });
    const file = await get(`/v1/files/${frozen.inputs.rows?.[0]}`);
    expect(file.json()).toMatchObject({ name: 'inline-rows.jsonl', bytes: 26 });
    expect(fixture.workflows.asked).toEqual([`start ${id}`]);
  });

  it('is made once for one Idempotency-Key, and another body with it is refused', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const [first, second] = [await post(JOB, headers), await post(JOB, headers)];
    expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
    expect(second.json<{ id: string }>().id).toBe(first.json<{ id: string }>().id);
    const other = await post({ ...JOB, seed: 2 }, headers);
    expect(other.json()).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringContaining('k1'),
    });
  });

  it('waits for Temporal as queued', async () => {
    fixture.workflows.away = true;
    const answer = await post(JOB);
    expect(answer.statusCode).toBe(202);
    const { id } = answer.json<{ id: string }>();
    expect(await readJob(fixture.db, TENANT, id)).toMatchObject({ state: 'queued', started: 0 });
  });

  it('shows stages, reasons and open rows', async () => {
    const id = await postJob(fixture);
    await addRows(fixture.db, id);
    const view = (await get(`/v1/jobs/${id}`)).json();
    expect(view).toMatchObject({
      rows: { planned: 4, accepted: 1, rejected: 1, failed: 1, open: 1 },
      stages: [
        { stage: 'write', title: 'asks the model', dataset: true, reasons: { length: 1, timeout: 1 } },
      ],
      control: { paused: false, concurrency: 256 },
    });
  });

  it('is listed newest first, by state and in pages', async () => {
    const ids = [await postJob(fixture), await postJob(fixture), await postJob(fixture)];
    await fixture.app.inject({ method: 'POST', url: `/v1/jobs/${ids[0]}/cancel` });
    const first = (await get('/v1/jobs?limit=2')).json<{ jobs: { id: string }[]; next: string }>();
    const second = (await get(`/v1/jobs?limit=2&cursor=${first.next}`)).json<{
      jobs: { id: string }[];
      next?: string;
    }>();
    expect([...first.jobs, ...second.jobs].map((job) => job.id).sort()).toEqual([...ids].sort());
    expect(second.next).toBeUndefined();
    expect((await get('/v1/jobs?state=failed')).json()).toEqual({ jobs: [] });
    expect((await get('/v1/jobs?state=runing')).json()).toMatchObject({
      code: 'params-invalid',
      at: 'state',
    });
    expect((await get('/v1/jobs?cursor=x')).json()).toMatchObject({ code: 'params-invalid', at: 'cursor' });
    expect((await get('/v1/jobs/nope')).json()).toMatchObject({ status: 404, code: 'job-not-found' });
  });

  it('can be priced first, without being started', async () => {
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/v1/estimates',
      payload: { ...JOB, budget: { calls: 1 } },
    });
    expect(answer.json()).toMatchObject({
      calls: { low: 2, high: 4 },
      costUsd: { low: (20 + 2 * 40) / 1e6, high: (40 + 2 * 80) / 1e6 },
      complete: true,
    });
    expect((await get('/v1/jobs')).json()).toEqual({ jobs: [] });
  });

  it('takes new speed, budget and priority while it is open', async () => {
    const id = await postJob(fixture);
    const patch = (payload: object) =>
      fixture.app.inject({ method: 'PATCH', url: `/v1/jobs/${id}`, payload });
    expect((await patch({ concurrency: 8, priority: 1, budget: { calls: 50 } })).statusCode).toBe(200);
    expect(await readControl(fixture.db, TENANT, id)).toMatchObject({ concurrency: 8, priority: 1 });
    expect((await get(`/v1/jobs/${id}`)).json()).toMatchObject({ budget: { calls: 50 } });
    expect((await patch({})).json()).toMatchObject({ code: 'params-invalid' });
    expect((await patch({ concurrency: 0 })).json()).toMatchObject({
      code: 'params-invalid',
      at: 'concurrency',
    });
  });
});
