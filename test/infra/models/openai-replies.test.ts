import type { ChatCall, ScoreCall } from '../../../core/calls';
import { NoAnswer, readReply } from '../../../infra/models/openai-replies';

const CHAT: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'hi' }],
  temperature: 0,
  tokensMax: 9,
};
const SCORE: ScoreCall = { kind: 'score', text: 'The cat sat', top: 2 };
const chat = (message: object, finish_reason: string | null = 'stop') => ({
  choices: [{ index: 0, message, finish_reason }],
  usage: { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
});

test('text, finish and usage', () => {
  expect(readReply(CHAT, chat({ content: 'yes' }, 'length'))).toEqual({
    text: 'yes',
    finish: 'length',
    refused: false,
    usage: { inputTokens: 5, cachedInputTokens: 4, outputTokens: 2 },
  });
  expect(readReply(CHAT, chat({}, 'content_filter'))).toMatchObject({ text: '', finish: 'content-filter' });
  expect(readReply(CHAT, chat({ content: null, refusal: 'No.' }))).toMatchObject({
    text: 'No.',
    refused: true,
  });
});

// Tokens nobody counted would be a bill of $0, and a cap that never holds.
describe('an endpoint that does not say what it used', () => {
  const answer = (usage: unknown, content = 'twelve bytes') => ({
    choices: [{ message: { content } }],
    ...(usage === undefined ? {} : { usage }),
  });

  test.each([
    ['no usage', undefined],
    ['usage null', null],
    ['empty usage', {}],
    ['zeros', { prompt_tokens: 0, completion_tokens: 0 }],
    ['negative counts', { prompt_tokens: -1, completion_tokens: -5 }],
    ['counts beyond any', { prompt_tokens: 1e300, completion_tokens: 1e300 }],
  ])('%s: tokens are counted, marked, and sooner too many than too few', (_name, usage) => {
    const found = readReply(CHAT, answer(usage)).usage;
    expect(found.estimated).toBe(true);
    expect(found.inputTokens).toBeGreaterThanOrEqual(2);
    expect(found.outputTokens).toBeGreaterThanOrEqual(12 / 4);
  });

  test('only what is missing is counted', () => {
    const { usage } = readReply(CHAT, answer({ prompt_tokens: 7 }), () => 99);
    expect(usage).toEqual({ inputTokens: 7, cachedInputTokens: 0, outputTokens: 99, estimated: true });
  });

  test('fractions are taken up to whole tokens', () => {
    const details = { prompt_tokens_details: { cached_tokens: 1.5 } };
    const { usage } = readReply(CHAT, answer({ prompt_tokens: 7.01, completion_tokens: 2.5, ...details }));
    expect(usage).toEqual({ inputTokens: 8, cachedInputTokens: 2, outputTokens: 3 });
  });

  test('a whole usage is believed, also for an empty answer', () => {
    const { usage } = readReply(CHAT, answer({ prompt_tokens: 7, completion_tokens: 0 }, ''));
    expect(usage).toEqual({ inputTokens: 7, cachedInputTokens: 0, outputTokens: 0 });
  });

  test('reasoning is output too', () => {
    const message = { content: 'ok', reasoning_content: 'a long thought '.repeat(10) };
    const { usage } = readReply(CHAT, { choices: [{ message }] }, (text) => text.length);
    expect(usage.outputTokens).toBe(152);
  });

  test('a schema counts as prompt', () => {
    const format = { type: 'json-schema', name: 'a', schema: { type: 'object' } } as const;
    const count = (text: string) => text.length;
    const [bare, schema] = [CHAT, { ...CHAT, format }].map((call) => readReply(call, answer(null), count));
    expect(schema!.usage.inputTokens - bare!.usage.inputTokens).toBe(17);
  });

  test('embeddings and scores are counted as well', () => {
    const embed = { kind: 'embed', texts: ['abcd', 'efgh'] } as const;
    const data = [0, 1].map((index) => ({ index, embedding: [1] }));
    const { usage } = readReply(embed, { data }, () => 5);
    expect(usage).toEqual({ inputTokens: 10, cachedInputTokens: 0, outputTokens: 0, estimated: true });
    const scored = { choices: [{ text: '', prompt_logprobs: [null] }] };
    expect(readReply(SCORE, scored, () => 5).usage).toMatchObject({ inputTokens: 5, estimated: true });
  });
});

/** A cut answer taken for a whole one is bad training data; a whole one taken for cut is money thrown away. */
test.each([
  ['OpenAI', 'stop', 'stop'],
  ['TGI', 'eos_token', 'stop'],
  ['Together', 'eos', 'stop'],
  ['Anthropic’s gateways', 'end_turn', 'stop'],
  ['old vLLM', null, 'stop'],
  ['Ollama', '', 'stop'],
  ['every server at its limit', 'length', 'length'],
  ['Anthropic’s gateways at their limit', 'max_tokens', 'length'],
  ['Azure', 'content_filter', 'content-filter'],
  ['Gemini’s compatible endpoint', 'content_filter: PROHIBITED_CONTENT', 'content-filter'],
  ['OpenAI with tools', 'tool_calls', 'other'],
])('%s: finish_reason %s is %s', (_server, reason, finish) => {
  expect(readReply(CHAT, chat({ content: 'text' }, reason))).toMatchObject({ finish, refused: false });
});

test('a refusal that only the finish reason tells is one', () => {
  expect(readReply(CHAT, chat({ content: 'I will not.' }, 'refusal'))).toMatchObject({ refused: true });
});

test.each(['error', 'abort', 'insufficient_system_resource'])(
  'an answer that the server broke off (%s) is none',
  (reason) => expect(() => readReply(CHAT, chat({ content: 'half of' }, reason))).toThrow(NoAnswer),
);

test.each([[{}], [{ choices: [] }], ['<html>'], [null]])('%j is no answer', (body) => {
  expect(() => readReply(CHAT, body)).toThrow(NoAnswer);
});

const ENTRY = (logprob: number, decoded_token: string, rank: number) => ({ logprob, decoded_token, rank });
const POSITIONS = [
  null,
  { '7': ENTRY(-3, ' cat', 9), '3': ENTRY(-0.5, ' dog', 1), '9': ENTRY(-1, ' man', 2) },
  { '2': ENTRY(-0.1, ' sat', 1), '4': ENTRY(-4, ' s', 2) },
];

test.each([[[1, 7, 2]], [undefined]])('vLLM’s prompt log-probabilities, ids %j', (prompt_token_ids) => {
  const body = { choices: [{ text: '!', prompt_logprobs: POSITIONS, prompt_token_ids }] };
  expect(readReply(SCORE, body).tokens).toEqual([
    { token: 'The', logprob: null, top: [] },
    {
      token: ' cat',
      logprob: -3,
      top: [
        { token: ' dog', logprob: -0.5 },
        { token: ' man', logprob: -1 },
      ],
    },
    {
      token: ' sat',
      logprob: -0.1,
      top: [
        { token: ' sat', logprob: -0.1 },
        { token: ' s', logprob: -4 },
      ],
    },
  ]);
});

test('SGLang’s prompt log-probabilities', () => {
  const meta_info = {
    prompt_tokens: 2,
    completion_tokens: 1,
    cached_tokens: 0,
    input_token_logprobs: [
      [null, 1, 'The'],
      [-3, 7, ' cat'],
    ],
    input_top_logprobs: [
      null,
      [
        [-0.5, 3, ' dog'],
        [-1, 9, ' man'],
      ],
    ],
  };
  const reply = readReply(SCORE, { text: '!', meta_info });
  expect(reply.usage).toEqual({ inputTokens: 2, cachedInputTokens: 0, outputTokens: 1 });
  expect(reply.tokens).toEqual([
    { token: 'The', logprob: null, top: [] },
    {
      token: ' cat',
      logprob: -3,
      top: [
        { token: ' dog', logprob: -0.5 },
        { token: ' man', logprob: -1 },
      ],
    },
  ]);
});

test('an endpoint that cannot score says so', () => {
  expect(() => readReply(SCORE, { choices: [{ text: 'x' }] })).toThrow(/cannot score prompts/);
});

test('embeddings come back in the order of the texts', () => {
  const embed = { kind: 'embed', texts: ['a', 'b'] } as const;
  const data = [
    { index: 1, embedding: [2] },
    { index: 0, embedding: [1] },
  ];
  expect(readReply(embed, { data }).vectors).toEqual([[1], [2]]);
  expect(() => readReply(embed, { data: data.slice(1) })).toThrow(/expected 2 embeddings, got 1/);
});
