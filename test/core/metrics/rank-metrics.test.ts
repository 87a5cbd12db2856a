/** If these fail, a report finds evidence by testing often enough, or misjudges how far synthetic text is from real. */
import fc from 'fast-check';
import { auc } from '../../../core/metrics/auc';
import { distinct2, topOpenings } from '../../../core/metrics/diversity';
import { holm } from '../../../core/metrics/holm';

test('Holm multiplies by the tests still open and never falls', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

test('Holm keeps the order of ps, and never makes one smaller', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (ps) => {
      const adjusted = holm(ps);
      ps.forEach((p, i) => {
        expect(adjusted[i]!).toBeGreaterThanOrEqual(p);
        expect(adjusted[i]!).toBeLessThanOrEqual(1);
        ps.forEach((other, j) => {
          if (p < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!);
        });
      });
    }),
  );
});

test('AUC: right order, wrong order, ties, one side only', () => {
  expect(auc([0.1, 0.2, 0.8, 0.9], [false, false, true, true])).toBe(1);
  expect(auc([0.1, 0.2, 0.8, 0.9], [true, true, false, false])).toBe(0);
  expect(auc([0.5, 0.5, 0.5], [true, false, true])).toBe(0.5);
  expect(auc([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBe(0.75);
  expect([auc([1], [true]), auc([], [])]).toEqual([0.5, 0.5]);
  expect(() => auc([1], [])).toThrow('for each of 1 scores, got 0');
});

test('AUC is the share of pairs in the right order', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), {
    minLength: 2,
    maxLength: 40,
  });
  fc.assert(
    fc.property(rows, (pairs) => {
      const positives = pairs.filter(([, positive]) => positive);
      const negatives = pairs.filter(([, positive]) => !positive);
      if (positives.length === 0 || negatives.length === 0) return;
      const wins = positives.flatMap(([a]) =>
        negatives.map(([b]): number => (a > b ? 1 : a === b ? 0.5 : 0)),
      );
      expect(
        auc(
          pairs.map(([score]) => score),
          pairs.map(([, positive]) => positive),
        ),
      ).toBeCloseTo(wins.reduce((sum, win) => sum + win, 0) / wins.length, 10);
    }),
  );
});

test('distinct-2 over all texts together', () => {
  expect(distinct2(['a b c', 'A b d'])).toBeCloseTo(3 / 4, 10);
  expect(distinct2(['one'])).toBe(1);
});

test('openings by frequency, then by the alphabet', () => {
  const texts = ['This film is good.', 'This film is bad.', 'A b', 'Zz', '…'];
  expect(topOpenings(texts, 2)).toEqual([
    { opening: 'this film is', count: 2, share: 0.5 },
    { opening: 'a b', count: 1, share: 0.25 },
  ]);
});
