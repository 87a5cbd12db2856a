import { z } from 'zod';
import type { ChatCall } from '../../../../core/calls';
import { SCRIPTED_REFUSAL, scriptedReply } from '../../../../infra/models/scripted/scripted-content';

const CHAT: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'Tell me something.' }],
  temperature: 1,
  tokensMax: 500,
};
const answerSchema = z.object({
  name: z.string().min(3).max(40),
  mood: z.enum(['calm', 'glad']),
  score: z.int().min(1).max(5),
  ratio: z.number().min(0).max(1),
  tags: z.array(z.string().max(20)).min(2).max(4),
  where: z.union([z.object({ town: z.string() }), z.null()]),
  day: z.iso.date(),
  id: z.uuid(),
  done: z.boolean(),
});
const NONE = { strategies: [] };
const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

test('the same request and seed give the same answer, another seed another one', () => {
  const first = scriptedReply(CHAT, 1, NONE);
  expect(scriptedReply({ ...CHAT }, 1, NONE)).toEqual(first);
  const texts = seeds(200).map((seed) => scriptedReply(CHAT, seed, NONE).text);
  expect(new Set(texts).size).toBe(200);
});

test('schemas are met by every draw', () => {
  const schema = z.toJSONSchema(answerSchema) as never;
  const request: ChatCall = { ...CHAT, format: { type: 'json-schema', name: 'answer', schema } };
  for (const seed of seeds(100)) answerSchema.parse(JSON.parse(scriptedReply(request, seed, NONE).text));
});

test('a recursive schema ends', () => {
  interface Tree {
    label: string;
    children: Tree[];
  }
  const tree: z.ZodType<Tree> = z.object({
    label: z.string().max(20),
    children: z.lazy(() => z.array(tree).max(2)),
  });
  const schema = z.toJSONSchema(tree) as never;
  const request: ChatCall = {
    ...CHAT,
    tokensMax: 100_000,
    format: { type: 'json-schema', name: 't', schema },
  };
  for (const seed of seeds(20)) expect(scriptedReply(request, seed, NONE).text).toMatch(/^\{"label"/);
});

test("a strategy's own answer goes first", () => {
  const strategies = [{ scripted: () => undefined }, { scripted: () => 'from the strategy' }];
  expect(scriptedReply(CHAT, 1, { strategies }).text).toBe('from the strategy');
});

test('shares of faults spoil about that many answers and leave the others as they were', () => {
  const request: ChatCall = { ...CHAT, format: { type: 'json' } };
  const contentFaults = { badJson: 0.1, truncated: 0.1, refusal: 0.1 };
  const count = { bad: 0, truncated: 0, refused: 0, same: 0 };
  for (const seed of seeds(1_000)) {
    const good = scriptedReply(request, seed, NONE);
    const reply = scriptedReply(request, seed, { ...NONE, contentFaults });
    if (reply.refused) count.refused += 1;
    else if (reply.finish === 'length') count.truncated += 1;
    else if (reply.text === good.text) count.same += 1;
    else {
      count.bad += 1;
      expect(() => JSON.parse(reply.text) as unknown).toThrow();
    }
  }
  expect(count.same).toBeGreaterThan(640);
  for (const spoilt of [count.bad, count.truncated, count.refused]) {
    expect(spoilt).toBeGreaterThan(60);
    expect(spoilt).toBeLessThan(140);
  }
  expect(scriptedReply(request, 1, { ...NONE, contentFaults: { refusal: 1 } }).text).toBe(SCRIPTED_REFUSAL);
});

test('output limit and stop words hold', () => {
  expect(scriptedReply({ ...CHAT, tokensMax: 5 }, 1, NONE)).toMatchObject({
    finish: 'length',
    usage: { outputTokens: 5 },
  });
  const stopped = scriptedReply({ ...CHAT, stop: [' '] }, 1, NONE);
  expect(stopped).toMatchObject({ finish: 'stop', text: expect.stringMatching(/^\w+$/) as string });
});

test('scores are log-probabilities of the tokens of the text', () => {
  const text = 'The cat sat on the mat. The end';
  const tokens = scriptedReply({ kind: 'score', text, top: 5 }, 0, NONE).tokens ?? [];
  expect(tokens.map((token) => token.token).join('')).toBe(text);
  expect(tokens[0]?.logprob).toBeNull();
  for (const { token, logprob, top } of tokens.slice(1)) {
    expect(top).toHaveLength(5);
    expect(top.map((entry) => entry.logprob)).toEqual(
      top.map((entry) => entry.logprob).sort((a, b) => b - a),
    );
    expect(top.reduce((sum, entry) => sum + Math.exp(entry.logprob), 0)).toBeLessThanOrEqual(1);
    const own = top.find((entry) => entry.token === token);
    expect(own?.logprob ?? logprob).toBe(logprob);
  }
});

test('embeddings of similar texts are nearer than those of others', () => {
  const texts = ['the cat sat on the mat', 'the cat sat on the mats', 'quarterly revenue grew'];
  const [a = [], b = [], c = []] = scriptedReply({ kind: 'embed', texts }, 0, NONE).vectors ?? [];
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  expect(dot(a, a)).toBeCloseTo(1, 4);
  expect(dot(a, b)).toBeGreaterThan(dot(a, c));
});
