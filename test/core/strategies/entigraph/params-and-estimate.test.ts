import {
  documentCost,
  estimateEntigraph,
  guessEntities,
} from '../../../../core/strategies/entigraph/estimate';
import { ENTIGRAPH_EXAMPLES } from '../../../../core/strategies/entigraph/examples';
import { entigraphParamsSchema, entigraphPresets } from '../../../../core/strategies/entigraph/params';
import { entigraph } from '../../../../core/strategies/entigraph';
import { params } from './support';

function issues(given: Record<string, unknown>): string[] {
  const parsed = entigraphParamsSchema.safeParse(given);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('defaults and presets are valid', () => {
  expect(params()).toMatchObject({
    target: { sourceMultiple: 20 },
    tupleSizes: [2, 3],
    windowTokensMax: 8_000,
    copyShareMax: 0.5,
  });
  for (const preset of Object.values(entigraphPresets)) expect(issues(preset)).toEqual([]);
});

test('what does not exist or does not fit is refused by name', () => {
  expect(issues({ windowTokensMax: 200, windowOverlapTokens: 51 })).toEqual([
    'windowOverlapTokens: expected at most a quarter of windowTokensMax (50), got 51',
  ]);
  expect(issues({ target: { tokens: 5, calls: 5 } })).toEqual([
    'target: expected exactly one of tokens, sourceMultiple, calls',
  ]);
  expect(issues({ faithfulness: 'audit' })).toEqual([expect.stringContaining('faithfulness')]);
  expect(issues({ tupleSizes: [3] })).not.toEqual([]);
});

test('a document costs a call per tuple and one for its extraction', () => {
  expect(documentCost(5_000, 780, 1_000)).toEqual({
    calls: 1_781,
    inputTokens: 9_439_300,
    outputTokens: 1_446_500,
  });
  expect([500, 1_000, 5_000].map((tokens) => guessEntities(tokens, 40))).toEqual([11, 16, 35]);
  const { inputTokens, outputTokens } = documentCost(5_000, 780, 1_000);
  expect(((inputTokens * 0.15 + outputTokens * 0.6) / 1e6).toFixed(2)).toBe('2.28');
  expect(((inputTokens * 10 + outputTokens * 30) / 1e6).toFixed(2)).toBe('137.79');
});

test('estimates are ordered ranges that a target in calls caps', () => {
  const inputs = { documents: { items: 10, characters: 200_000, complete: true } };
  for (const given of [
    {},
    { target: { tokens: 1e9 } },
    { target: { calls: 40 } },
    { target: { calls: 40 }, entitySource: 'text' },
  ]) {
    const stages = estimateEntigraph(params(given), inputs);
    expect(stages.map(({ stage }) => stage)).toEqual(['extract', 'entigraph']);
    for (const { calls, inputTokens, outputTokens } of stages) {
      for (const { low, high } of [calls, inputTokens, outputTokens]) expect(low).toBeLessThanOrEqual(high);
    }
    if ('calls' in (given.target ?? {})) expect(stages[1]?.calls.high).toBe(40);
  }
  expect(estimateEntigraph(params(), { documents: { items: 0, characters: 0, complete: true } })).toEqual([]);
});

test('the example is a valid body', () => {
  const [example] = ENTIGRAPH_EXAMPLES;
  expect(issues(example?.['params'] as Record<string, unknown>)).toEqual([]);
  expect(entigraph.facts(params())).toEqual({ generatedArms: ['entigraph'] });
  expect(entigraph.badRowShareMax(params({ badRowShareMax: 0.8 }))).toBe(0.8);
});
