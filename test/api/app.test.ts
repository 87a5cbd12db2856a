import { refuseOpenHost } from '../../api/guard';
import { type Fixture, openFixture } from './fixture';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const get = (url: string, headers = {}) => fixture.app.inject({ method: 'GET', url, headers });

describe('pages of other sites cannot reach the API through a browser', () => {
  it.each([
    ['a rebound name', { host: 'evil.example:8080' }],
    ['another address', { host: '192.168.0.7:8080' }],
    ['a foreign page', { host: '127.0.0.1:8080', origin: 'https://evil.example' }],
    ['a page of another local server', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:3000' }],
    ['a page without origin', { host: '127.0.0.1:8080', origin: 'null' }],
  ])('%s', async (_name, headers) => {
    expect((await get('/v1/jobs', headers)).json()).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await get('/healthz', headers)).statusCode).toBe(403);
  });

  it.each([
    { host: '127.0.0.1:8080' },
    { host: 'localhost:9000' },
    { host: '[::1]:8080' },
    { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' },
  ])('but its own user can: %p', async (headers) => {
    expect((await get('/v1/jobs', headers)).statusCode).toBe(200);
  });

  it('and other machines are not served at all without keys', () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(() => refuseOpenHost(host)).not.toThrow();
    expect(() => refuseOpenHost('0.0.0.0')).toThrow(expect.objectContaining({ code: 'api-keys-missing' }));
  });
});

it('describes every route in OpenAPI', async () => {
  const { openapi, paths } = (await get('/docs/json')).json<{
    openapi: string;
    paths: Record<string, object>;
  }>();
  expect(openapi).toMatch(/^3\.1/);
  const listed = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  expect(listed.sort()).toEqual(
    [
      'GET /healthz',
      'GET /readyz',
      'GET /v1/estimates/{id}',
      'GET /v1/files/{id}',
      'GET /v1/jobs',
      'GET /v1/jobs/{id}',
      'GET /v1/jobs/{id}/artifacts',
      'GET /v1/jobs/{id}/artifacts/{sha256}',
      'GET /v1/jobs/{id}/card',
      'GET /v1/jobs/{id}/dataset',
      'GET /v1/jobs/{id}/events',
      'GET /v1/jobs/{id}/records',
      'GET /v1/jobs/{id}/report',
      'GET /v1/jobs/{id}/rows',
      'GET /v1/models',
      'GET /v1/strategies',
      'GET /v1/strategies/{name}',
      'PATCH /v1/jobs/{id}',
      'POST /v1/estimates',
      'POST /v1/files',
      'POST /v1/jobs',
      'POST /v1/jobs/{id}/cancel',
      'POST /v1/jobs/{id}/fail',
      'POST /v1/jobs/{id}/fork',
      'POST /v1/jobs/{id}/pause',
      'POST /v1/jobs/{id}/resume',
      'POST /v1/jobs/{id}/rows/retry',
    ].sort(),
  );
});

it('shows strategies with their schema, and configured models', async () => {
  expect((await get('/v1/strategies')).json()).toMatchObject({
    strategies: [{ name: 'echo-rows', presets: ['quick', 'large'] }],
  });
  const detail = (await get('/v1/strategies/echo-rows')).json();
  expect(detail).toMatchObject({
    params: { properties: { samples: { minimum: 1, maximum: 10, default: 1 } } },
    stages: [{ name: 'write', dataset: true }],
    models: { generator: { capability: 'chat' } },
  });
  expect((await get('/v1/strategies/echo')).json()).toMatchObject({ status: 404, code: 'not-found' });
  expect((await get('/v1/models')).json()).toMatchObject({
    models: [{ name: 'mine/big-1' }, {}, {}, {}],
    open: ['openai/*'],
  });
});

it('is alive while Temporal is away, but not ready', async () => {
  expect((await get('/readyz')).json()).toEqual({ ready: true, database: 'ok', temporal: 'ok' });
  fixture.workflows.away = true;
  const answer = await get('/readyz');
  fixture.workflows.away = false;
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ ready: false, database: 'ok' });
  expect((await get('/healthz')).json()).toEqual({ ok: true });
  expect((await get('/nowhere')).json()).toMatchObject({
    status: 404,
    code: 'not-found',
    detail: expect.stringContaining('/docs'),
  });
});
