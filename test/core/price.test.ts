import type { ChatCall } from '../../core/calls';
import { batchPrices, dollars, worstCase } from '../../core/price';

const PRICES = { inputUsdPerMillion: 2, cachedInputUsdPerMillion: 0.5, outputUsdPerMillion: 8 };
const CHAT: ChatCall = {
  kind: 'chat',
  messages: [{ role: 'user', content: 'é'.repeat(100) }],
  temperature: 0,
  tokensMax: 50,
};

test('cached input costs its own price, and is never counted twice', () => {
  const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000 };
  expect(dollars(usage, PRICES)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.1 * 8);
  expect(dollars({ ...usage, cachedInputTokens: 9e9 }, PRICES)).toBeCloseTo(0.5 + 0.8);
});

test('the worst case reserves every byte of prompt and schema, and the whole answer', () => {
  const bare = worstCase(CHAT, PRICES);
  expect(bare).toMatchObject({ calls: 1, tokens: 200 + 32 + 50 });
  const format = { type: 'json-schema', name: 'a', schema: { type: 'object' } } as const;
  expect(worstCase({ ...CHAT, format }, PRICES).tokens).toBe(
    bare.tokens + JSON.stringify(format.schema).length,
  );
  expect(worstCase({ kind: 'embed', texts: ['abc', 'de'] }, PRICES)).toMatchObject({ tokens: 5 });
});

test.each([
  ['half where nothing else is said', PRICES, [1, 0.5, 4]],
  ['its own share', { ...PRICES, batchShare: 0.2 }, [0.4, 0.4, 1.6]],
  ['input for cached input without a price', { inputUsdPerMillion: 2, outputUsdPerMillion: 8 }, [1, 1, 4]],
] as const)('a batch costs %s', (_name, prices, [input, cached, output]) => {
  const batch = batchPrices(prices);
  expect(batch?.inputUsdPerMillion).toBeCloseTo(input);
  expect(batch?.cachedInputUsdPerMillion).toBeCloseTo(cached);
  expect(batch?.outputUsdPerMillion).toBeCloseTo(output);
});
