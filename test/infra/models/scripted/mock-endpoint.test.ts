import { createHash } from 'node:crypto';
import { startMockEndpoint, type MockEndpoint } from '../../../../infra/models/scripted/mock-endpoint';
import type { MockStats } from '../../../../infra/models/scripted/mock-counters';

let endpoint: MockEndpoint;
afterEach(() => endpoint.close());

const bodyOf = (text: string, seed = 1) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }], max_tokens: 100, seed });
const post = (body: string, path = '/chat/completions', headers: Record<string, string> = {}) =>
  fetch(endpoint.url + path, { method: 'POST', body, headers });
const root = () => endpoint.url.replace('/v1', '');
const control = (wish: object) =>
  fetch(`${root()}/__control`, { method: 'POST', body: JSON.stringify(wish) });

test('equal bodies get equal bytes, and are counted as duplicates', async () => {
  endpoint = await startMockEndpoint({ strategies: [] });
  const first = await (await post(bodyOf('a'))).text();
  expect(await (await post(bodyOf('a'))).text()).toBe(first);
  await post(bodyOf('a', 2));
  expect(endpoint.stats()).toMatchObject({ requests: 3, answered: 3, duplicates: 1, byStatus: { 200: 3 } });
  const sha256 = createHash('sha256').update(bodyOf('a')).digest('hex');
  expect(endpoint.answered()).toContainEqual({ sha256, count: 2 });
  const stats = (await (await fetch(`${root()}/__stats?bodies=1`)).json()) as {
    perKey: Record<string, number>;
  };
  expect(stats.perKey[sha256]).toBe(2);
  expect(await (await fetch(`${root()}/__answered`)).json()).toEqual(endpoint.answered());
});

test('faults come in order from the list, then by shares, with the wait that was asked for', async () => {
  endpoint = await startMockEndpoint({
    strategies: [],
    faults: { list: ['429', 'ok', '503'], retryAfterSeconds: 3 },
  });
  const seen: (number | string | null)[] = [];
  for (let call = 0; call < 4; call += 1) {
    const answer = await post(bodyOf('a'));
    seen.push(answer.status, answer.headers.get('retry-after'));
  }
  expect(seen).toEqual([429, '3', 200, null, 503, '3', 200, null]);
  endpoint.set({ shares: { '500': 1 } });
  expect((await post(bodyOf('a'))).status).toBe(500);
  endpoint.set({ list: ['cut'] });
  await expect(post(bodyOf('a')).then((answer) => answer.text())).rejects.toThrow();
});

test('a key is asked for, and everything can be changed at run time', async () => {
  endpoint = await startMockEndpoint({ strategies: [], requireKey: 'k' });
  expect((await post(bodyOf('a'))).status).toBe(401);
  expect((await post(bodyOf('a'), '/chat/completions', { authorization: 'Bearer k' })).status).toBe(200);
  expect((await control({ requireKey: null, contentFaults: { refusal: 1 }, reset: true })).status).toBe(200);
  const answer = (await (await post(bodyOf('a'))).json()) as {
    choices: { message: { refusal: string | null } }[];
  };
  expect(answer.choices[0]?.message.refusal).toMatch(/sorry/);
  expect(endpoint.stats().requests).toBe(1);
  expect((await control({ faults: { shares: { teapot: 1 } } })).status).toBe(400);
});

test('tokens answered are added up, what was answered twice is listed, and time is kept', async () => {
  endpoint = await startMockEndpoint({ strategies: [] });
  await control({ outputTokens: { median: 5_000, sigma: 0 } });
  for (const seed of [1, 2, 2, 2]) await post(bodyOf('four', seed));
  await control({ outputTokens: null, faults: { shares: { '429': 1 } } });
  await post(bodyOf('four', 3));
  const stats = (await (await fetch(`${root()}/__stats?timeline=1`)).json()) as MockStats;
  expect(stats).toMatchObject({ answered: 4, duplicates: 1, repeated: 2, inputTokens: 4, outputTokens: 400 });
  expect(stats.lastAnswerAt).toBeGreaterThanOrEqual(stats.firstAnswerAt);
  const sum = (list: readonly number[] = []) => list.reduce((total, count) => total + count, 0);
  expect(sum(stats.timeline?.arrivals)).toBe(5);
  expect(sum(stats.timeline?.answered)).toBe(4);
  expect(sum(stats.timeline?.limited)).toBe(1);
  expect(await (await fetch(`${root()}/__repeated`)).json()).toEqual([
    { sha256: createHash('sha256').update(bodyOf('four', 2)).digest('hex'), count: 3 },
  ]);
  await control({ reset: true });
  expect(endpoint.stats()).toMatchObject({ repeated: 0, inputTokens: 0, outputTokens: 0, firstAnswerAt: 0 });
});

test('a cap may keep to itself how long to wait, while random refusals say it', async () => {
  const faults = { requestsPerSecondMax: 1, capRetryAfter: false, retryAfterSeconds: 2 } as const;
  endpoint = await startMockEndpoint({ strategies: [], faults: { ...faults, capKind: 'token-bucket' } });
  const answers = await Promise.all(Array.from({ length: 5 }, (_, seed) => post(bodyOf('a', seed))));
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(0);
  expect(limited.map(({ headers }) => headers.get('retry-after'))).toEqual(limited.map(() => null));
  await control({ faults: { shares: { '429': 1 }, retryAfterSeconds: 2 } });
  expect((await post(bodyOf('a', 9))).headers.get('retry-after')).toBe('2');
});

test('set again, the same shares draw the same luck', async () => {
  endpoint = await startMockEndpoint({ strategies: [] });
  const seen: number[][] = [];
  for (let round = 0; round < 2; round += 1) {
    endpoint.set({ shares: { '429': 0.5 } });
    const statuses: number[] = [];
    for (let seed = 0; seed < 20; seed += 1) statuses.push((await post(bodyOf('a', seed))).status);
    seen.push(statuses);
  }
  expect(seen[0]).toEqual(seen[1]);
  expect(new Set(seen[0])).toEqual(new Set([200, 429]));
});

test('a cap of requests a second answers the rest with 429', async () => {
  endpoint = await startMockEndpoint({ strategies: [], faults: { requestsPerSecondMax: 1 } });
  await Promise.all(Array.from({ length: 20 }, (_, seed) => post(bodyOf('a', seed))));
  const { byStatus } = endpoint.stats();
  expect(byStatus['429']).toBeGreaterThan(0);
  expect((byStatus['429'] ?? 0) + (byStatus['200'] ?? 0)).toBe(20);
});

test('latency holds every answer back and keeps them in flight together', async () => {
  endpoint = await startMockEndpoint({ strategies: [], latencyMs: 1_000 });
  await Promise.all(Array.from({ length: 30 }, (_, seed) => post(bodyOf('a', seed))));
  expect(endpoint.stats()).toMatchObject({ answered: 30, inFlightMax: 30 });
});

test('bad bodies and unknown routes are named', async () => {
  endpoint = await startMockEndpoint({ strategies: [] });
  expect((await post('{')).status).toBe(400);
  expect((await post('{"messages":[]}')).status).toBe(400);
  expect((await post('{}', '/images')).status).toBe(404);
  const models = (await (await fetch(`${endpoint.url}/models`)).json()) as { data: { id: string }[] };
  expect(models.data[0]?.id).toBe('scripted-1');
});
