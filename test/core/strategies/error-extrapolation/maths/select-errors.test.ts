/** If these fail, the wrong errors are imitated, and matched arms are no longer matched: the comparison means nothing. */
import fc from 'fast-check';
import type { MinedError } from '../../../../../core/strategies/error-extrapolation/records';
import { selectErrors } from '../../../../../core/strategies/error-extrapolation/select-errors';
import type { SelectionContext } from '../../../../../core/strategies/error-extrapolation/select-errors';
import { taskParams } from './task-params';

const errorsOf = (counts: Readonly<Record<string, number>>, suspected = false): MinedError[] =>
  Object.entries(counts).flatMap(([label, count], place) =>
    Array.from({ length: count }, (_, i) => ({
      id: `${label}${i}`,
      ordinal: 1_000 * place + i,
      label,
      predicted: label === 'a' ? 'b' : 'a',
      goldProbability: 0.3,
      suspected,
    })),
  );
const contextOf = (
  params: Readonly<Record<string, unknown>>,
  errors: readonly MinedError[],
): SelectionContext => ({
  params: taskParams(params),
  errors,
  mineLabels: [...Array<string>(500).fill('a'), ...Array<string>(500).fill('b')],
  predictedShares: [0.5, 0.5],
  seed: 1,
  round: 1,
});
const drawn = (picks: readonly { readonly draws: object }[]) =>
  picks.flatMap(({ draws }) => Object.values(draws) as number[]).reduce((sum, count) => sum + count, 0);
const labelled = (picks: readonly { readonly label?: string }[], label: string) =>
  picks.filter((pick) => pick.label === label).length;

test('all: every error once, in random order', () => {
  const errors = errorsOf({ a: 30, b: 10 });
  const context = contextOf(
    { errorSelection: 'all', errorsPerRoundMax: null, variants: { near: 1 } },
    errors,
  );
  const picks = selectErrors(context);
  expect(picks.map(({ id }) => id).sort()).toEqual(errors.map(({ id }) => id).sort());
  expect(picks.map(({ id }) => id)).not.toEqual(errors.map(({ id }) => id));
  expect(picks.every(({ draws }) => draws.near === 1)).toBe(true);
  expect(selectErrors(context)).toEqual(picks);
  expect(selectErrors({ ...context, round: 2 })).not.toEqual(picks);
});

test('balanced: away from the label that is predicted too often', () => {
  const context = contextOf({}, errorsOf({ a: 365, b: 518 }));
  const picks = selectErrors({ ...context, predictedShares: [0.6, 0.4] });
  expect([labelled(picks, 'a'), labelled(picks, 'b'), drawn(picks)]).toEqual([80, 120, 600]);
  expect(picks[0]).toMatchObject({ draws: { near: 1, shift: 2 }, predicted: expect.any(String) });
});

test('balanced: a label with few errors draws more from each', () => {
  const context = contextOf({}, errorsOf({ a: 25, b: 5 }));
  const picks = selectErrors({ ...context, predictedShares: [0.4, 0.6] });
  expect([labelled(picks, 'a'), labelled(picks, 'b')]).toEqual([18, 5]);
  expect(picks.find(({ label }) => label === 'b')!.draws).toEqual({ near: 2, shift: 3 });
});

test('balanced: labels in the shares of gold where the prior says so', () => {
  const context = contextOf({ labelPrior: 'gold', errorsPerRoundMax: 100 }, errorsOf({ a: 200, b: 200 }));
  const mineLabels = [...Array<string>(80).fill('a'), ...Array<string>(20).fill('b')];
  const picks = selectErrors({ ...context, mineLabels, predictedShares: [0.8, 0.2] });
  expect([labelled(picks, 'a'), labelled(picks, 'b')]).toEqual([80, 20]);
});

test('suspected gold noise is never picked', () => {
  for (const errorSelection of ['all', 'balanced', 'contrast'])
    expect(selectErrors(contextOf({ errorSelection }, errorsOf({ a: 30 }, true)))).toEqual([]);
});

test('clustered: the same quota for each kind of error, numbered over labels', () => {
  const errors = errorsOf({ a: 100, b: 100 });
  // Of a, 90 errors point one way and 10 another.
  const features = (ordinal: number) => (ordinal % 1_000 < 90 ? [1, 0.001 * (ordinal % 7)] : [-5, 5]);
  const context = contextOf({ errorSelection: 'clustered', clustersMax: 2, errorsPerRoundMax: 40 }, errors);
  const picks = selectErrors({ ...context, features });
  const inCluster = (cluster: number) => picks.filter((pick) => pick.cluster === cluster);
  expect([0, 1, 2, 3].map((cluster) => inCluster(cluster).length)).toEqual([10, 10, 10, 10]);
  expect(new Set([0, 1, 2, 3].map((cluster) => inCluster(cluster)[0]!.label)).size).toBe(2);
  for (const cluster of [0, 1, 2, 3])
    expect(new Set(inCluster(cluster).map(({ ordinal }) => ordinal % 1_000 < 90)).size).toBe(1);
  expect(picks[0]!.draws).toEqual({ pattern: 3 });
  expect(() => selectErrors(context)).toThrow('needs the vectors');
});

test('contrast: one of each confusion in turn', () => {
  const errors = [...errorsOf({ a: 50, b: 3 })];
  const picks = selectErrors(contextOf({ errorSelection: 'contrast', errorsPerRoundMax: 8 }, errors));
  expect([labelled(picks, 'a'), labelled(picks, 'b')]).toEqual([5, 3]);
  expect(picks.slice(0, 4).map(({ label }) => label)).toEqual(['a', 'b', 'a', 'b']);
  expect(picks[0]!.draws).toEqual({ near: 1, contrast: 1 });
});

test('question answering: no labels, and no contrast with an empty span', () => {
  const errors = Array.from({ length: 20 }, (_, i) => ({
    id: `q${i}`,
    ordinal: i,
    predicted: i % 2 === 0 ? '' : '1889',
    goldProbability: 0.1,
    suspected: false,
  }));
  const base = { errors, mineLabels: errors.map(() => undefined), predictedShares: [], seed: 1, round: 1 };
  const balanced = selectErrors({ ...base, params: taskParams({ errorsPerRoundMax: 12 }, 'extractive-qa') });
  expect([balanced.length, drawn(balanced)]).toEqual([12, 36]);
  expect(balanced.every((pick) => !('label' in pick))).toBe(true);
  const contrast = selectErrors({
    ...base,
    params: taskParams({ errorSelection: 'contrast' }, 'extractive-qa'),
  });
  expect(contrast).toHaveLength(20);
  for (const { predicted, draws } of contrast)
    expect(draws).toEqual(predicted === '' ? { near: 1 } : { near: 1, contrast: 1 });
});

test('whatever the errors: no pick twice, the cap holds, draws stay within their limit', () => {
  const count = fc.nat(60);
  const cap = fc.option(fc.integer({ min: 1, max: 80 }));
  const selection = fc.constantFrom('all', 'balanced', 'clustered', 'contrast');
  fc.assert(
    fc.property(count, count, cap, selection, fc.nat(), (a, b, errorsPerRoundMax, errorSelection, seed) => {
      const context = contextOf({ errorSelection, errorsPerRoundMax }, errorsOf({ a, b }));
      const picks = selectErrors({ ...context, seed, features: (ordinal) => [ordinal % 5, ordinal % 3] });
      expect(new Set(picks.map(({ id }) => id)).size).toBe(picks.length);
      expect(picks.length).toBeLessThanOrEqual(errorsPerRoundMax ?? a + b);
      for (const pick of picks) expect(drawn([pick])).toBeLessThanOrEqual(5);
    }),
    { numRuns: 60 },
  );
});
