/** If these fail, a batch that was started is not found again, or a fault of its endpoint is taken for another. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArtifacts } from '../../../../infra/artifacts/store';
import { batchClient } from '../../../../infra/models/batch/batch-client';
import { requestLines } from '../../../../infra/models/batch/batch-lines';
import { ModelFault } from '../../../../infra/models/model-client';
import { type MockEndpoint, startMockEndpoint } from '../../../../infra/models/scripted/mock-endpoint';
import type { ProviderConfig } from '../../../../infra/config';

const folder = mkdtempSync(join(tmpdir(), 'perennial-batch-'));
const store = openArtifacts(`file:${folder}`);
let mock: MockEndpoint;
let provider: ProviderConfig;

beforeAll(async () => {
  mock = await startMockEndpoint({ strategies: [], requireKey: 'right-key' });
  const model = {
    name: 'm',
    identity: 'mine/m',
    contextTokens: 1_000,
    capabilities: ['chat', 'batch'],
  } as const;
  provider = {
    name: 'mine',
    flavour: 'openai',
    baseUrl: mock.url,
    limits: {},
    acceptsAnyModel: false,
    models: { m: model },
  };
});
afterEach(() => wish({ fates: [], hold: null, listLag: 0 }));
afterAll(async () => {
  await mock.close();
  rmSync(folder, { recursive: true });
});

const client = (key = 'right-key') => batchClient({ provider, key: () => key });
const wish = (wanted: object) =>
  fetch(`${mock.url.replace('/v1', '')}/__batches`, { method: 'POST', body: JSON.stringify(wanted) });
const mark = (chunk: string) => ({ perennial_job: 'job', perennial_chunk: chunk });
const faultOf = (ask: Promise<unknown>) =>
  ask.then(
    () => undefined,
    (error: unknown) => (error instanceof ModelFault ? error.verdict : error),
  );

async function start(chunk: string, keys: readonly string[] = ['a', 'b']) {
  const line = requestLines(provider, 'm');
  const ask = (content: string) => ({
    kind: 'chat' as const,
    messages: [{ role: 'user' as const, content }],
    temperature: 0,
    tokensMax: 10,
  });
  const { sha256 } = await store.write(keys.map((key) => line(key, ask(key), undefined)));
  return client().create(await client().upload(store, sha256), mark(chunk));
}

async function end(id: string) {
  for (let looks = 0; looks < 5; looks += 1) {
    const batch = await client().retrieve(id);
    if (batch.outputFile !== undefined) return batch;
  }
  throw new Error('the batch does not end');
}

test('requests go out as a file and come back as lines, and the files can be removed', async () => {
  const { outputFile, answered } = await end((await start('whole')).id);
  expect(answered).toBe(2);
  const lines: string[] = [];
  for await (const line of client().lines(outputFile!, new AbortController().signal)) lines.push(line);
  expect(lines.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id)).toEqual(['a', 'b']);
  await client().remove(outputFile!);
  expect(
    await faultOf(client().lines(outputFile!, new AbortController().signal)[Symbol.asyncIterator]().next()),
  ).toMatchObject({
    message: expect.stringContaining('404') as string,
  });
});

test('a batch is found by its mark behind a hundred others, the oldest first', async () => {
  const wanted = [await start('wanted'), await start('wanted')];
  for (let other = 0; other < 105; other += 1) await start(`other ${other}`);
  expect((await client().find(mark('wanted'))).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  expect(await client().find(mark('nobody’s'))).toEqual([]);
});

test('faults are judged as those of single calls, and no key is repeated', async () => {
  const rejected = await faultOf(client('sk-wrong-key-of-mine').retrieve('batch_1'));
  expect(rejected).toMatchObject({ kind: 'key-rejected' });
  expect(JSON.stringify(rejected)).not.toContain('wrong-key');
  await wish({
    fates: [{ creation: 'out-of-funds' }, { creation: '429' }, { creation: '500' }, { creation: 'cut' }],
  });
  expect(await faultOf(start('funds'))).toMatchObject({ kind: 'out-of-funds', paid: 'no' });
  expect(await faultOf(start('limit'))).toMatchObject({ kind: 'rate-limited', retry: true });
  expect(await faultOf(start('server'))).toMatchObject({ kind: 'retry-row', retry: true });
  expect(await faultOf(start('cut'))).toMatchObject({ kind: 'retry-row', paid: 'unknown' });
  const gone = await startMockEndpoint({ strategies: [] });
  await gone.close();
  const nobody = batchClient({ provider: { ...provider, baseUrl: gone.url }, key: () => 'k' });
  expect(await faultOf(nobody.retrieve('batch_1'))).toMatchObject({ kind: 'endpoint-down', retry: true });
});
