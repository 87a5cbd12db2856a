/** If these fail, students judge rows that they have learned from, and wrong labels in gold look right. */
import fc from 'fast-check';
import { randomFor } from '../../../../../core/random';
import {
  CROSS_FIT_FOLDS,
  crossFit,
  foldsOf,
  isRight,
  meanProbabilities,
} from '../../../../../core/strategies/error-extrapolation/stages/cross-fit';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';
import { qaGold, textGold, textOf } from './support';

const TASK = { kind: 'text', labels: ['pos', 'neg'] } as const;
const asRows = (rows: readonly { id: string }[]): GoldRow[] =>
  rows.map((row, i) => ({ ...row, group: row.id, line: i + 1 }));

describe('folds', () => {
  it('keep groups together and are of one size, whatever the groups', () => {
    const group = fc.record({ group: fc.nat(30).map(String), label: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 200 }), fc.nat(), (rows, seed) => {
        const folds = foldsOf(rows, seed);
        const of = new Map<string, number>();
        for (const [i, { group: name }] of rows.entries()) {
          expect(of.get(name) ?? folds[i]).toBe(folds[i]);
          of.set(name, folds[i]!);
        }
        expect(folds.every((fold) => fold >= 0 && fold < CROSS_FIT_FOLDS)).toBe(true);
        expect(foldsOf(rows, seed)).toEqual(folds);
      }),
    );
  });

  it('hold each label as often', () => {
    const rows = textGold(100).map(({ id, label }, i) => ({
      group: id,
      label: i % 4 === 0 ? 'rare' : label,
    }));
    const folds = foldsOf(rows, 1);
    for (let fold = 0; fold < CROSS_FIT_FOLDS; fold += 1) {
      const labels = rows.filter((_, i) => folds[i] === fold).map(({ label }) => label);
      expect(labels).toHaveLength(20);
      expect(labels.filter((label) => label === 'rare')).toHaveLength(5);
    }
  });
});

describe('cross-fit students', () => {
  it('do not believe a label that only the row itself tells', () => {
    // Every fifth label is flipped: a student that had seen the row would repeat it.
    const rows = asRows(textGold(300)).map((row, i) =>
      i % 5 === 0 ? { ...row, label: row.label === 'pos' ? 'neg' : 'pos' } : row,
    );
    const { predictions } = crossFit(rows, TASK, 1);
    const wrong = rows.filter((row, i) => !isRight(TASK, row, predictions[i]!));
    const flipped = wrong.filter((row) => rows.indexOf(row) % 5 === 0);
    expect(flipped.length).toBeGreaterThan(45);
    expect(wrong.length - flipped.length).toBeLessThan(60);
  });

  it('are the same wherever they are trained again', () => {
    const rows = asRows(textGold(120));
    expect(crossFit(rows, TASK, 3).predictions).toEqual(crossFit(rows, TASK, 3).predictions);
    expect(crossFit(rows, TASK, 4).predictions).not.toEqual(crossFit(rows, TASK, 3).predictions);
  });

  it('give new rows the mean of what they say', () => {
    const { students } = crossFit(asRows(textGold(300)), TASK, 1);
    expect(students).toHaveLength(CROSS_FIT_FOLDS);
    const random = randomFor(1, 'new rows');
    const rows = ['pos', 'neg'].map((label, i) => ({ id: `new-${i}`, text: textOf(label, random) }));
    const means = meanProbabilities(students, rows);
    for (const [i, mean] of means.entries()) {
      expect(mean[0]! + mean[1]!).toBeCloseTo(1, 6);
      expect(mean[i]).toBeGreaterThan(0.5);
    }
  });

  it('know nothing where all rows are one group', () => {
    const rows = asRows(textGold(10)).map((row) => ({ ...row, group: 'one' }));
    const { predictions, students } = crossFit(rows, TASK, 1);
    expect(students).toEqual([]);
    expect(predictions).toEqual(rows.map(({ id }) => ({ id, probabilities: [0.5, 0.5] })));
  });

  it('read answers too', () => {
    const rows = asRows(qaGold(60));
    const task = { kind: 'extractive-qa' } as const;
    const { predictions } = crossFit(rows, task, 1);
    const right = rows.filter((row, i) => isRight(task, row, predictions[i]!));
    expect(right.length).toBeGreaterThan(30);
  });
});
