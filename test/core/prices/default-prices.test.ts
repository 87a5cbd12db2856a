import { LIST_PRICES_AS_OF, listPrices } from '../../../core/prices/default-prices';

test('the list is dated', () => {
  expect(LIST_PRICES_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

test.each([
  ['gpt-4o-mini', 0.15, 0.075, 0.6],
  ['gpt-4o-mini-2024-07-18', 0.15, 0.075, 0.6],
  ['gpt-4.1', 2, 0.5, 8],
  ['o4-mini', 1.1, 0.275, 4.4],
])('%s has the price of the list', (name, input, cached, output) => {
  expect(listPrices(name)).toEqual({
    inputUsdPerMillion: input,
    cachedInputUsdPerMillion: cached,
    outputUsdPerMillion: output,
  });
});

test('a snapshot that costs more than its family keeps its own price', () => {
  expect(listPrices('gpt-4o-2024-05-13')).toEqual({ inputUsdPerMillion: 5, outputUsdPerMillion: 15 });
});

// A price by likeness would be a wrong price: a bill that is too low, and a cap that does not hold.
test.each([
  'gpt-4o-mini-2099-01-01',
  'ft:gpt-4o-mini:org::id',
  'GPT-4o-mini',
  'openai/gpt-4o-mini',
  'gpt-6-luna',
  'llama-3.3-70b',
  'constructor',
  '',
])('%s is not guessed from a name like it', (name) => {
  expect(listPrices(name)).toBeUndefined();
});
