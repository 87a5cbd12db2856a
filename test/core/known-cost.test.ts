import { knownCost } from '../../core/known-cost';

const NOTHING = { calls: 0, usd: 0, callsUnpriced: 0, callsInDoubt: 0, usdInDoubt: 0 };
const PRICED = { name: 'mine/a', priced: true };
const UNPRICED = { name: 'mine/b', priced: false };

// A user who reads $0 where nobody knows the price learns the bill afterwards.
test.each([
  ['priced calls are what they cost', { calls: 3, usd: 1.5 }, [PRICED], 1.5, 0],
  ['free models cost nothing', { calls: 3 }, [PRICED], 0, 0],
  [
    'one unpriced call makes the sum unknown',
    { calls: 3, usd: 1.5, callsUnpriced: 1 },
    [PRICED, UNPRICED],
    null,
    0,
  ],
  ['calls nobody counted as unpriced, of models without a price', { calls: 3 }, [UNPRICED], null, 0],
  ['nothing paid is nothing', {}, [UNPRICED], 0, 0],
  ['doubt is known where prices are', { callsInDoubt: 2, usdInDoubt: 0.04 }, [PRICED], 0, 0.04],
  ['doubt over a model without a price is unknown', { callsInDoubt: 2 }, [PRICED, UNPRICED], 0, null],
])('%s', (_name, spending, models, usd, usdInDoubt) => {
  expect(knownCost({ ...NOTHING, ...spending }, models)).toMatchObject({ usd, usdInDoubt });
});

test('a price that was taken away later does not hide what is unknown', () => {
  expect(knownCost({ ...NOTHING, calls: 2, callsUnpriced: 2 }, [PRICED]).usd).toBeNull();
  expect(knownCost(NOTHING, [UNPRICED, UNPRICED, PRICED]).unpriced).toEqual(['mine/b']);
});
