import type { ChatCall } from '../../../core/calls';
import { wireRequest } from '../../../infra/models/openai-requests';

const CHAT: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'hi' }],
  temperature: 0.5,
  topP: 0.9,
  stop: ['END'],
  tokensMax: 64,
};
const bodyFor = (flavour: 'openai' | 'vllm', model: string, seed?: number) =>
  wireRequest(CHAT, { flavour, model, seed }).body;

test('sampling, limit and seed go where chat endpoints expect them', () => {
  expect(bodyFor('openai', 'gpt-4.1-mini', 3)).toEqual({
    model: 'gpt-4.1-mini',
    messages: CHAT.messages,
    max_tokens: 64,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['END'],
    seed: 3,
  });
});

test.each([
  'o1',
  'o3-mini',
  'o4-mini',
  'o5',
  'gpt-5',
  'gpt-5-nano',
  'gpt-5.1',
  'openai/o3-mini',
  'openai/gpt-5',
])('%s refuses sampling parameters', (model) => {
  expect(bodyFor('openai', model)).toEqual({ model, messages: CHAT.messages, max_completion_tokens: 64 });
  expect(bodyFor('vllm', model)).toHaveProperty('max_tokens', 64);
});

test.each(['gpt-4.1', 'gpt-5-chat-latest', 'openai/gpt-4o', 'ozone-1', 'mistral/o1-like'])(
  '%s keeps its sampling parameters',
  (model) => expect(bodyFor('openai', model)).toMatchObject({ max_tokens: 64, temperature: 0.5 }),
);

test('what a model has refused stays out, of completions too', () => {
  const dialect = { limit: 'max_completion_tokens', limitLearned: true, without: ['seed', 'top_p'] } as const;
  const target = { flavour: 'azure', model: 'my-deployment', seed: 3, dialect } as const;
  expect(wireRequest(CHAT, target).body).toEqual({
    model: 'my-deployment',
    messages: CHAT.messages,
    max_completion_tokens: 64,
    temperature: 0.5,
    stop: ['END'],
  });
  const completion = { kind: 'completion', prompt: 'Once', temperature: 1, tokensMax: 5 } as const;
  expect(wireRequest(completion, target).body).not.toHaveProperty('seed');
});

test('a schema is strict, plain JSON is an object', () => {
  const schema = { type: 'object', additionalProperties: false } as const;
  const target = { flavour: 'openai', model: 'm', seed: undefined } as const;
  const strict = wireRequest({ ...CHAT, format: { type: 'json-schema', name: 'answer', schema } }, target);
  expect(strict.body.response_format).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', strict: true, schema },
  });
  expect(wireRequest({ ...CHAT, format: { type: 'json' } }, target).body.response_format).toEqual({
    type: 'json_object',
  });
});

test('scoring asks vLLM and SGLang each in its own way', () => {
  const score = { kind: 'score', text: 'a text', top: 5 } as const;
  const vllm = wireRequest(score, { flavour: 'vllm', model: 'm', seed: undefined });
  expect(vllm).toMatchObject({
    path: '/completions',
    body: { prompt: 'a text', prompt_logprobs: 5, max_tokens: 1 },
  });
  const sglang = wireRequest(score, { flavour: 'sglang', model: 'm', seed: undefined });
  expect(sglang).toMatchObject({
    path: '/generate',
    fromRoot: true,
    body: { text: 'a text', top_logprobs_num: 5 },
  });
});

it.each([
  [
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    true,
  ],
  [{ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, false],
  [{ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }, false],
  [{ type: 'array', items: { type: 'object', properties: {} } }, false],
])('asks for strict mode only where a schema allows it: %j', (schema, strict) => {
  const request = { ...CHAT, format: { type: 'json-schema', name: 'answer', schema } } as const;
  expect(
    JSON.stringify(wireRequest(request, { flavour: 'openai', model: 'm', seed: undefined }).body),
  ).toContain(`"strict":${strict}`);
});
