/** The client against the mock endpoint over real loopback HTTP. */
import type { ChatCall, ModelRequest } from '../../../core/calls';
import type { ProviderConfig } from '../../../infra/config';
import type { ModelClient } from '../../../infra/models/model-client';
import { ModelFault } from '../../../infra/models/model-client';
import { openAiClient } from '../../../infra/models/openai-client';
import { startMockEndpoint, type MockEndpoint } from '../../../infra/models/scripted/mock-endpoint';
import { scriptedReply } from '../../../infra/models/scripted/scripted-content';

const KEY = 'secret-key-4711';
const CHAT: ChatCall = {
  kind: 'chat',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Tell me of the sea — with ümlauts.' },
  ],
  temperature: 0.7,
  topP: 0.9,
  tokensMax: 400,
};
const SCHEMA = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } as const;

function providerAt(
  url: string,
  flavour: ProviderConfig['flavour'] = 'vllm',
  capable = true,
): ProviderConfig {
  const model = { name: 'm', identity: 'm', contextTokens: 8_000 };
  return {
    name: 'mine',
    flavour,
    baseUrl: url,
    limits: { concurrencyMax: 32 },
    acceptsAnyModel: false,
    models: { m: { ...model, capabilities: capable ? ['chat', 'seed'] : ['chat'] } },
  };
}

let endpoint: MockEndpoint;
let client: ModelClient;

beforeAll(async () => {
  endpoint = await startMockEndpoint({ strategies: [] });
});
afterAll(() => endpoint.close());
beforeEach(() => {
  endpoint.reset();
  endpoint.set({});
  client = openAiClient({ provider: providerAt(endpoint.url), key: () => KEY });
});
afterEach(() => client.close());

const send = (request: ModelRequest, more: Partial<Parameters<ModelClient['send']>[1]> = {}) =>
  client.send(request, {
    model: 'm',
    seed: 5,
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    userKey: 'call-1',
    ...more,
  });
const faultOf = async (call: Promise<unknown>): Promise<ModelFault> => {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ModelFault);
  return error as ModelFault;
};

test.each<[string, ModelRequest]>([
  ['chat', CHAT],
  ['chat with a schema', { ...CHAT, format: { type: 'json-schema', name: 'answer', schema: SCHEMA } }],
  ['chat in JSON mode', { ...CHAT, format: { type: 'json' } }],
  ['chat cut at its limit', { ...CHAT, tokensMax: 3 }],
  ['completion', { kind: 'completion', prompt: 'Once', temperature: 1, tokensMax: 50, stop: ['bridge'] }],
])('%s over HTTP is the answer of the scripted model in this process', async (_name, request) => {
  const { reply } = await send(request);
  expect(reply).toEqual(scriptedReply(request, 5, { strategies: [] }));
});

test('scores and embeddings survive the wire', async () => {
  const score = { kind: 'score', text: 'the cat sat on the mat and the cat slept', top: 4 } as const;
  const embed = { kind: 'embed', texts: ['a cat', 'a dog'] } as const;
  const options = { strategies: [] };
  expect((await send(score)).reply.tokens).toEqual(scriptedReply(score, 0, options).tokens);
  expect((await send(embed)).reply.vectors).toEqual(scriptedReply(embed, 0, options).vectors);
});

test('a model without seeds is sent none', async () => {
  await client.close();
  client = openAiClient({ provider: providerAt(endpoint.url, 'vllm', false), key: () => KEY });
  expect((await send(CHAT)).reply).toEqual(scriptedReply(CHAT, 0, { strategies: [] }));
});

test('rate limits carry their wait, and nothing is sent twice behind the caller’s back', async () => {
  endpoint.set({ list: ['429'], retryAfterSeconds: 2 });
  const { verdict } = await faultOf(send(CHAT));
  expect(verdict).toMatchObject({ kind: 'rate-limited', afterMs: 2_000 });
  expect(endpoint.stats()).toMatchObject({ requests: 1, byStatus: { 429: 1 } });
});

test.each([
  ['500', 'retry-row', 'no'],
  ['503', 'overloaded', 'no'],
  ['cut', 'retry-row', 'unknown'],
  ['out-of-funds', 'out-of-funds', 'no'],
  ['model-gone', 'model-gone', 'no'],
] as const)('%s is judged %s', async (fault, kind, paid) => {
  endpoint.set({ list: [fault] });
  expect((await faultOf(send(CHAT))).verdict).toMatchObject({ kind, paid });
});

test('a call that hangs ends at its deadline and is in doubt', async () => {
  endpoint.set({ list: ['hang'] });
  const { fault, verdict } = await faultOf(send(CHAT, { timeoutMs: 50 }));
  expect(fault.timedOut).toBe(true);
  expect(verdict).toMatchObject({ kind: 'retry-row', paid: 'unknown', reason: 'timeout' });
});

test('an abort ends the call with the reason of its signal', async () => {
  endpoint.set({ list: ['hang'] });
  const stop = new AbortController();
  const call = send(CHAT, { signal: stop.signal });
  stop.abort(new Error('fenced'));
  await expect(call).rejects.toThrow('fenced');
});

test('an endpoint that is not there is down, and nothing was paid', async () => {
  const other = await startMockEndpoint({ strategies: [] });
  await other.close();
  const lost = openAiClient({ provider: providerAt(other.url), key: () => KEY });
  const options = { model: 'm', signal: new AbortController().signal, timeoutMs: 5_000, userKey: 'x' };
  const { verdict } = await faultOf(lost.send(CHAT, options));
  expect(verdict).toMatchObject({ kind: 'endpoint-down', paid: 'no', costsAttempt: false });
  await lost.close();
});

test('the key is asked for before every call, so that a repaired one works at once, and no error repeats it', async () => {
  const guarded = await startMockEndpoint({ strategies: [], requireKey: KEY });
  let key = 'wrong-key-0815';
  const caller = openAiClient({ provider: providerAt(guarded.url), key: () => key });
  const options = { model: 'm', signal: new AbortController().signal, timeoutMs: 5_000, userKey: 'x' };
  const fault = await faultOf(caller.send(CHAT, options));
  expect(fault.verdict.kind).toBe('key-rejected');
  expect(JSON.stringify([fault.message, fault.fault, fault.stack])).not.toContain(key);
  key = KEY;
  expect((await caller.send(CHAT, options)).reply.finish).toBe('stop');
  await caller.close();
  await guarded.close();
});

test('many calls at once use many connections and leave no listener on their signal', async () => {
  endpoint.set({ slow: { share: 1, latencyMs: 30 } });
  const stop = new AbortController();
  const calls = Array.from({ length: 100 }, (_, seed) => send(CHAT, { seed, signal: stop.signal }));
  const answers = await Promise.all(calls);
  expect(new Set(answers.map(({ reply }) => reply.text)).size).toBeGreaterThan(90);
  expect(endpoint.stats()).toMatchObject({ requests: 100, answered: 100, duplicates: 0, inFlightMax: 32 });
});
