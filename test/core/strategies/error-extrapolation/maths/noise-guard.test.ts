/** If these fail, wrong gold labels are imitated as if they were hard cases, or hard cases are thrown away as noise. */
import {
  labelOpinion,
  spanOpinion,
  suspectedByCrossFit,
  suspectedByPersistence,
} from '../../../../../core/strategies/error-extrapolation/noise-guard';

const LABELS = ['a', 'b', 'c'];
const span = (text: string, probability: number) => ({ id: 'q', answer: { text, start: 0 }, probability });
const opinion = (gold: string, ...probabilities: readonly (readonly number[])[]) =>
  labelOpinion(LABELS, gold, probabilities);

test('the mean over students names a label', () => {
  const mean = opinion('a', [0.1, 0.9, 0], [0.3, 0.1, 0.6]);
  expect(mean.named).toBe('b');
  expect(mean.gold).toBeCloseTo(0.2, 10);
});

test('cross-fit and the round must name the same other label, and both find gold improbable', () => {
  const suspected = (crossFit: readonly number[], round: readonly number[]) =>
    suspectedByCrossFit({ gold: 'a', crossFit: opinion('a', crossFit), round: opinion('a', round) });
  expect(suspected([0.1, 0.8, 0.1], [0.15, 0.7, 0.15])).toBe(true);
  expect(suspected([0.1, 0.8, 0.1], [0.15, 0.15, 0.7])).toBe(false);
  expect(suspected([0.2, 0.8, 0], [0.15, 0.7, 0.15])).toBe(false);
  expect(suspected([0.1, 0.8, 0.1], [0.25, 0.7, 0.05])).toBe(false);
  expect(suspected([0.8, 0.1, 0.1], [0.8, 0.1, 0.1])).toBe(false);
  expect(
    suspectedByCrossFit({ gold: 'a', crossFit: labelOpinion(LABELS, 'a', []), round: { gold: 1 } }),
  ).toBe(false);
});

test('spans: what the best one leaves is all that gold can have', () => {
  const sure = spanOpinion([span('in 1889', 0.9), span('In 1889.', 0.85)]);
  expect(sure.named).toBe('in 1889');
  expect(sure.gold).toBeCloseTo(0.125, 10);
  expect(spanOpinion([span('1889', 0.9), span('1890', 0.9)])).toEqual({ gold: 1 });
  expect(spanOpinion([span('', 1)])).toEqual({ gold: 1 });
  const gold = ['the year 1890'];
  const doubtful = spanOpinion([span('in 1889', 0.5)]);
  expect(suspectedByCrossFit({ gold, crossFit: sure, round: sure })).toBe(true);
  expect(suspectedByCrossFit({ gold, crossFit: sure, round: doubtful })).toBe(false);
  expect(suspectedByCrossFit({ gold: [...gold, 'In 1889'], crossFit: sure, round: sure })).toBe(false);
});

test('persistence: wrong to all seeds in two passes, and gold improbable', () => {
  expect(suspectedByPersistence({ passesAllWrong: 2, goldProbability: 0.09 })).toBe(true);
  expect(suspectedByPersistence({ passesAllWrong: 1, goldProbability: 0.01 })).toBe(false);
  expect(suspectedByPersistence({ passesAllWrong: 3, goldProbability: 0.1 })).toBe(false);
});

test('persistence of spans: all seeds give the same other one', () => {
  const suspected = (answers: readonly string[], passesAllWrong = 2) =>
    suspectedByPersistence({ passesAllWrong, gold: ['1889'], answers });
  expect(suspected(['the tower', 'Tower!', 'tower'])).toBe(true);
  expect(suspected(['tower', 'Tower!'], 1)).toBe(false);
  expect(suspected(['tower', 'bridge'])).toBe(false);
  expect([suspected(['', '']), suspected([]), suspected(['1889', '1889'])]).toEqual([false, false, false]);
});
