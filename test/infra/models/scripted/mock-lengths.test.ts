/** If these fail, budgets are tested with answers that no provider would give. */
import type { ChatCall, Reply } from '../../../../core/calls';
import { estimateTokens } from '../../../../core/text/tokens';
import { skewLength } from '../../../../infra/models/scripted/mock-lengths';

const REQUEST: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'Tell me.' }],
  temperature: 1,
  tokensMax: 1_000,
};
const REPLY: Reply = {
  text: 'A sentence of the scripted model.',
  finish: 'stop',
  refused: false,
  usage: { inputTokens: 2, cachedInputTokens: 0, outputTokens: 9 },
};
const SKEW = { median: 100, sigma: 1.5 };
const lengths = Array.from({ length: 2_000 }, (_, seed) => skewLength(REPLY, REQUEST, seed, SKEW));

test('half of the answers are shorter than the median, and the tail is long', () => {
  const tokens = lengths.map(({ usage }) => usage.outputTokens).sort((a, b) => a - b);
  expect(tokens[1_000]).toBeGreaterThan(85);
  expect(tokens[1_000]).toBeLessThan(115);
  const share = tokens.filter((count) => count >= 500).length / tokens.length;
  expect(share).toBeGreaterThan(0.1);
  expect(share).toBeLessThan(0.18);
});

test('the limit of the call holds, and an answer that it cuts says so', () => {
  for (const { usage, finish, text } of lengths) {
    expect(usage.outputTokens).toBeLessThanOrEqual(1_000);
    if (finish === 'length') expect(usage.outputTokens).toBe(1_000);
    expect(estimateTokens(text)).toBe(usage.outputTokens);
  }
  expect(lengths.some(({ finish }) => finish === 'length')).toBe(true);
});

test('the same call has the same length', () => {
  expect(skewLength(REPLY, REQUEST, 7, SKEW)).toEqual(skewLength(REPLY, REQUEST, 7, SKEW));
});
