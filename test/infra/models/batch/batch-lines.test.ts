/** If these fail, an answer of a batch is read differently from the same answer of a single call, and is paid again. */
import type { ChatCall } from '../../../../core/calls';
import { readBatchLine, requestLines } from '../../../../infra/models/batch/batch-lines';
import type { ProviderConfig } from '../../../../infra/config';

const provider: ProviderConfig = {
  name: 'mine',
  flavour: 'openai',
  baseUrl: 'http://127.0.0.1:1/v1',
  limits: {},
  acceptsAnyModel: false,
  models: {
    m: { name: 'm', identity: 'mine/m', contextTokens: 1_000, capabilities: ['chat', 'seed', 'batch'] },
    plain: { name: 'plain', identity: 'mine/plain', contextTokens: 1_000, capabilities: ['chat', 'batch'] },
  },
};
const call: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'Zeile\neins' }],
  temperature: 1,
  tokensMax: 10,
};
const line = (response: unknown, error: unknown = null) =>
  readBatchLine(JSON.stringify({ id: 'x', custom_id: 'k', response, error }));
const chat = (message: object, more: object = {}) => ({
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
  ...more,
});

test('a request is one line that names its key, and takes a seed where the model does', () => {
  const text = requestLines(provider, 'm')('k', call, 7);
  expect(text.split('\n')).toHaveLength(2);
  expect(JSON.parse(text)).toEqual({
    custom_id: 'k',
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'm', messages: call.messages, max_tokens: 10, temperature: 1, seed: 7 },
  });
  expect(requestLines(provider, 'plain')('k', call, 7)).not.toContain('seed');
});

test('an answer comes with its usage and the provider’s name for it', () => {
  const body = chat({ content: 'ja', refusal: null });
  expect(line({ status_code: 200, request_id: 'r', body })).toEqual({
    key: 'k',
    requestId: 'r',
    reply: {
      text: 'ja',
      finish: 'stop',
      refused: false,
      usage: { inputTokens: 3, cachedInputTokens: 0, outputTokens: 4 },
    },
  });
});

test.each([
  ['an expired request', null, { code: 'batch_expired', message: 'too late' }, { paid: 'no' }],
  ['a server error', { status_code: 500, body: { error: { message: 'oh' } } }, null, { kind: 'retry-row' }],
  [
    'a limit',
    { status_code: 429, body: { error: { message: 'slow down' } } },
    null,
    { kind: 'rate-limited' },
  ],
  [
    'a filter',
    { status_code: 400, body: { error: { code: 'content_filter', message: 'no' } } },
    null,
    { kind: 'content-filtered' },
  ],
  [
    'an empty account',
    { status_code: 429, body: { error: { code: 'insufficient_quota', message: 'pay' } } },
    null,
    { kind: 'out-of-funds' },
  ],
  [
    'a good status without an answer',
    { status_code: 200, body: { choices: [], usage: {} } },
    null,
    { paid: 'yes' },
  ],
  ['neither', null, null, { paid: 'no' }],
])('%s is judged as it would be online', (_name, response, error, verdict) => {
  expect(line(response, error)).toMatchObject({ key: 'k', verdict });
});

test('a line of another kind is passed over', () => {
  expect(readBatchLine('half a li')).toBeUndefined();
  expect(readBatchLine('{"id":"x"}')).toBeUndefined();
});
