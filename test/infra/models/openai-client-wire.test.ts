/** What really goes over the wire, per flavour. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelRequest } from '../../../core/calls';
import type { ProviderConfig } from '../../../infra/config';
import { openAiClient } from '../../../infra/models/openai-client';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
const seen: Seen[] = [];
let server: Server;
let answer: object = {};
/** Answers with 400 where it gives one. */
let refuse: (body: Record<string, unknown>) => object | undefined = () => undefined;

beforeAll(async () => {
  server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => (text += chunk.toString()));
    req.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      seen.push({ method: req.method, url: req.url, headers: req.headers, body });
      const refusal = refuse(body);
      const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1', 'set-cookie': 'a=b' };
      res.writeHead(refusal === undefined ? 200 : 400, headers);
      res.end(JSON.stringify(refusal ?? answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function send(flavour: ProviderConfig['flavour'], path: string, request: ModelRequest) {
  const { port } = server.address() as AddressInfo;
  const provider: ProviderConfig = {
    name: 'mine',
    flavour,
    baseUrl: `http://127.0.0.1:${port}${path}`,
    limits: {},
    acceptsAnyModel: true,
    models: {},
  };
  const client = openAiClient({ provider, key: () => 'a-key' });
  const signal = new AbortController().signal;
  const got = await client.send(request, {
    model: 'm',
    seed: 3,
    signal,
    timeoutMs: 5_000,
    userKey: 'call-9',
  });
  await client.close();
  return { got, sent: seen.at(-1) as Seen };
}
const CHAT = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'hi' }],
  temperature: 1,
  tokensMax: 5,
} as const;
const CHAT_ANSWER = { choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] };

test('OpenAI: bearer key, our request id, the provider’s id back, and no cookies kept', async () => {
  answer = CHAT_ANSWER;
  const { got, sent } = await send('openai', '/v1/', CHAT);
  expect(sent).toMatchObject({ method: 'POST', url: '/v1/chat/completions', body: { model: 'm', seed: 3 } });
  expect(sent.headers).toMatchObject({ authorization: 'Bearer a-key', 'x-client-request-id': 'call-9' });
  expect(got).toMatchObject({ requestId: 'r-1', reply: { text: 'yes' } });
  expect(got.headers).not.toHaveProperty('set-cookie');
});

test('Azure: its own header for the key, and the API version of the base URL on every call', async () => {
  answer = CHAT_ANSWER;
  const { sent } = await send('azure', '/openai/deployments/d?api-version=2025-01-01', CHAT);
  expect(sent.url).toBe('/openai/deployments/d/chat/completions?api-version=2025-01-01');
  expect(sent.headers).toMatchObject({ 'api-key': 'a-key' });
  expect(sent.headers).not.toHaveProperty('authorization');
});

test('SGLang scores at the root of the server', async () => {
  answer = { text: '', meta_info: { prompt_tokens: 1, input_token_logprobs: [[null, 1, 'Hi']] } };
  const { got, sent } = await send('sglang', '/v1', { kind: 'score', text: 'Hi', top: 1 });
  expect(sent).toMatchObject({ url: '/generate', body: { text: 'Hi', return_logprob: true } });
  expect(got.reply.tokens).toEqual([{ token: 'Hi', logprob: null, top: [] }]);
});

test('a deployment that turns out to be a reasoning model is asked in its own words, within the same call', async () => {
  answer = CHAT_ANSWER;
  const refusal = (param: string) => ({
    error: { message: `Unsupported parameter: '${param}'`, param, code: 'unsupported_parameter' },
  });
  refuse = (body) => {
    const param = ['max_tokens', 'temperature'].find((name) => name in body);
    return param === undefined ? undefined : refusal(param);
  };
  seen.length = 0;
  try {
    const { got, sent } = await send('azure', '/openai/deployments/d', CHAT);
    expect(got.reply.text).toBe('yes');
    expect(sent.body).toEqual({ model: 'm', messages: CHAT.messages, max_completion_tokens: 5, seed: 3 });
    expect(seen).toHaveLength(3);
  } finally {
    refuse = () => undefined;
  }
});

test('a good status with an error inside is a fault', async () => {
  answer = { error: { message: 'Provider returned error', code: 429 } };
  await expect(send('openai', '/v1', CHAT)).rejects.toMatchObject({ verdict: { kind: 'rate-limited' } });
});
