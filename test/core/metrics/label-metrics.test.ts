/** If these fail, scores of students are wrong, and with them every comparison a user reads. */
import { accuracy, balancedAccuracy, macroF1 } from '../../../core/metrics/label-metrics';

const gold = ['a', 'a', 'a', 'b'];

test('accuracy counts rows, balanced accuracy labels', () => {
  const predicted = ['a', 'a', 'a', 'a'];
  expect(accuracy(gold, predicted)).toBe(0.75);
  expect(balancedAccuracy(gold, predicted)).toBe(0.5);
});

test('macro-F1 is the mean over all labels that occur on either side', () => {
  // a: 2 of 3 + 2, b: 1 of 1 + 1, c: predicted once, never gold.
  expect(macroF1(gold, ['a', 'a', 'c', 'b'])).toBeCloseTo((4 / 5 + 1 + 0) / 3, 10);
});

test('ids that look like numbers stay strings', () => {
  expect(accuracy(['01', '1'], ['1', '1'])).toBe(0.5);
});

test('nothing to score is no success, and unequal lengths are a fault of the caller', () => {
  expect([accuracy([], []), macroF1([], []), balancedAccuracy([], [])]).toEqual([0, 0, 0]);
  for (const score of [accuracy, macroF1, balancedAccuracy])
    expect(() => score(['a'], [])).toThrow('expected as many predictions as gold labels (1), got 0');
});
