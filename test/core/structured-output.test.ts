import { z } from 'zod';
import type { ChatCall, ModelFacts, Reply } from '../../core/calls';
import { askStructured, climbDown, BAD_ANSWER_CHARACTERS_MAX } from '../../core/structured-output';

const schema = z.object({ name: z.string(), count: z.int() });
const base: ChatCall = {
  kind: 'chat',
  temperature: 1,
  tokensMax: 100,
  messages: [
    { role: 'system', content: 'Count.' },
    { role: 'user', content: 'Apples' },
  ],
};

function model(...capabilities: ModelFacts['capabilities']): ModelFacts {
  return { name: 'test/model', capabilities: ['chat', ...capabilities], contextTokens: 1_000 };
}
function reply(text: string): Reply {
  return {
    text,
    finish: 'stop',
    refused: false,
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
  };
}
function ask(
  facts: ModelFacts,
  ...texts: readonly string[]
): ReturnType<typeof askStructured<z.infer<typeof schema>>> {
  return askStructured({
    base,
    name: 'count',
    schema,
    model: facts,
    role: 'generator',
    replies: texts.map(reply),
  });
}
function requestOf(answer: ReturnType<typeof ask>): ChatCall {
  if (!('call' in answer)) throw new Error('expected a call');
  return answer.call.request as ChatCall;
}

test('asks in the best shape that the model has', () => {
  const native = requestOf(ask(model('jsonSchema', 'jsonMode')));
  expect(native.format).toMatchObject({ type: 'json-schema', name: 'count', schema: { type: 'object' } });
  expect(native.messages).toEqual(base.messages);
  const mode = requestOf(ask(model('jsonMode')));
  expect(mode.format).toEqual({ type: 'json' });
  expect(mode.messages[0]?.content).toMatch(/^Count\.[\s\S]*JSON Schema[\s\S]*"count"/u);
  const plain = requestOf(ask(model()));
  expect(plain).not.toHaveProperty('format');
  expect(plain.messages[0]?.content).toContain('"count"');
});

test('a good answer costs one reply', () => {
  expect(ask(model(), '{"name": "apple", "count": 2}')).toEqual({
    value: { name: 'apple', count: 2 },
    replies: 1,
  });
});

test('a bad answer is shown again once, with its fault and a new draw', () => {
  const bad = `{"name": "apple", "count": "${'many '.repeat(2_000)}"}`;
  const retry = ask(model('jsonMode'), bad);
  expect(retry).toMatchObject({ call: { redraw: 1 } });
  const messages = requestOf(retry).messages;
  expect(messages.at(-2)?.content).toHaveLength(BAD_ANSWER_CHARACTERS_MAX);
  expect(messages.at(-1)?.content).toMatch(/`count`.*expected/u);
  expect(ask(model(), 'no idea', '{"name": "apple", "count": 3}')).toEqual({
    value: { name: 'apple', count: 3 },
    replies: 2,
  });
});

const refused: Reply = { ...reply('status 400: response_format is not supported'), finish: 'format-refused' };

test('a format that the server refuses is one rung down, and the row stays there', () => {
  const facts = model('jsonSchema', 'jsonMode');
  const askAfter = (...replies: readonly Reply[]) =>
    askStructured({ base, name: 'count', schema, model: facts, role: 'generator', replies });
  expect(requestOf(askAfter()).format).toMatchObject({ type: 'json-schema' });
  const mode = requestOf(askAfter(refused));
  expect(mode).toEqual(requestOf(ask(model('jsonMode'))));
  const plain = requestOf(askAfter(refused, refused));
  expect(plain).toEqual(requestOf(ask(model())));
  const corrective = askAfter(refused, refused, reply('no idea'));
  expect(corrective).toMatchObject({ call: { redraw: 1 } });
  expect(requestOf(corrective)).not.toHaveProperty('format');
  const value = { name: 'apple', count: 2 };
  expect(askAfter(refused, reply(JSON.stringify(value)))).toEqual({ value, replies: 2 });
  expect(askAfter(refused, reply('no'), reply('no'))).toEqual({ unparsable: 'the answer is not JSON' });
});

test('a refusal never takes a rung that the model does not have', () => {
  expect(climbDown(model('jsonSchema', 'seed'), [refused])).toEqual({ model: model('seed'), replies: [] });
  expect(climbDown(model('jsonMode'), [reply('x')])).toEqual({
    model: model('jsonMode'),
    replies: [reply('x')],
  });
});

test('after two bad answers the fault is the outcome', () => {
  expect(ask(model(), 'no idea', 'still none')).toEqual({ unparsable: 'the answer is not JSON' });
});
