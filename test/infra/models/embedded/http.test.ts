import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createModelServer } from '../../../../infra/models/embedded/http';
import { ApiError } from '../../../../infra/models/embedded/api-error';

let server: Server;
let port: number;
let aborted: (() => void) | undefined;

beforeAll(async () => {
  server = createModelServer({
    name: 'tiny',
    load: () => ({ idle: 1, waiting: 0 }),
    answers: {
      async chat({ messages }, signal) {
        if (messages[0]?.content === 'busy') throw new ApiError(429, 'full', 'rate_limit_exceeded');
        if (messages[0]?.content === 'hang')
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve((aborted?.(), {}))));
        return { said: messages[0]?.content };
      },
      completions: async () => ({}),
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Unlike `fetch`, this may set the Host header. */
function ask(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject).end(body);
  });
}
const chat = (content: string, more: object = {}) =>
  ask('POST', '/v1/chat/completions', JSON.stringify({ messages: [{ role: 'user', content }], ...more }));

it('lists its model and its load', async () => {
  expect((await ask('GET', '/v1/models')).body).toContain('"id":"tiny"');
  expect(await ask('GET', '/health')).toEqual({ status: 200, body: '{"idle":1,"waiting":0}' });
});

it('answers a chat', async () => {
  expect(await chat('hello')).toEqual({ status: 200, body: '{"said":"hello"}' });
});

it.each([
  ['another Host', { host: 'evil.example' }],
  ['another origin', { origin: 'https://evil.example' }],
])('refuses %s', async (_, headers) => {
  expect((await ask('GET', '/v1/models', '', headers)).status).toBe(403);
});

it.each([
  [404, 'model', { model: 'gpt' }],
  [400, 'stream', { stream: true }],
  [400, 'temperature', { temperature: 9 }],
  [400, 'n', { n: 0 }],
])('answers %i and names %s', async (status, name, more) => {
  const answer = await chat('x', more);
  expect(answer.status).toBe(status);
  expect(answer.body).toContain(name);
});

it('refuses bad JSON, unknown routes, and a full queue with the right status', async () => {
  expect((await ask('POST', '/v1/chat/completions', '{')).status).toBe(400);
  expect((await ask('GET', '/v1/nothing')).status).toBe(404);
  expect(await chat('busy')).toMatchObject({
    status: 429,
    body: expect.stringContaining('rate_limit_error'),
  });
});

it('refuses a body over 8 MB', async () => {
  const answer = ask('POST', '/v1/completions', 'x'.repeat(8 * 1024 ** 2 + 1));
  expect((await answer).status).toBe(413);
});

it('learns that a client has gone', async () => {
  const seen = new Promise<void>((resolve) => (aborted = resolve));
  const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions' });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ messages: [{ role: 'user', content: 'hang' }] }), () =>
    setImmediate(() => sent.destroy()),
  );
  await seen;
});
