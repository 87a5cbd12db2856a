/** If these fail, rows that judge a job leak into what it learns from, or a split lacks a label. */
import fc from 'fast-check';
import { splitGold } from '../../../../../core/strategies/error-extrapolation/split-gold';

const SHARES = { mine: 0.5, select: 0.25, test: 0.25 };
const singles = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, (_, i) => ({ id: `${label}${i}`, group: `${label}-group-${i}`, label })),
  );
const labelsIn = (ids: readonly string[], label: string) => ids.filter((id) => id.startsWith(label)).length;

test('60 a and 40 b in groups of one', () => {
  const { mine, select, test } = splitGold(singles({ a: 60, b: 40 }), SHARES, 1);
  expect([mine, select, test].map((ids) => [labelsIn(ids, 'a'), labelsIn(ids, 'b')])).toEqual([
    [30, 20],
    [15, 10],
    [15, 10],
  ]);
});

test('a test file: two thirds, one third, nothing; a share of zero gets nothing', () => {
  const split = splitGold(singles({ a: 60, b: 30 }), { mine: 2 / 3, select: 1 / 3, test: 0 }, 1);
  expect([split.mine.length, split.select.length, split.test.length]).toEqual([60, 30, 0]);
  const all = splitGold(singles({ a: 5 }), { mine: 1, select: 0, test: 0 }, 1);
  expect(all.mine).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
});

test('another seed draws another split, the order of rows does not matter', () => {
  const rows = singles({ a: 60, b: 40 });
  const first = splitGold(rows, SHARES, 1);
  expect(splitGold([...rows].reverse(), SHARES, 1).mine.sort()).toEqual([...first.mine].sort());
  expect(splitGold(rows, SHARES, 2).mine).not.toEqual(first.mine);
});

test('one group that is nearly everything goes to mine, whole', () => {
  const rows = [
    ...Array.from({ length: 71 }, (_, i) => ({ id: `big${i}`, group: 'big' })),
    ...Array.from({ length: 29 }, (_, i) => ({ id: `small${i}`, group: `small${i}` })),
  ];
  const { mine, select, test } = splitGold(rows, SHARES, 1);
  expect(labelsIn(mine, 'big')).toBe(71);
  expect([mine.length, select.length + test.length]).toEqual([71, 29]);
});

test('every row is in one split, groups stay together, ids keep the order of rows', () => {
  const row = fc.record({ group: fc.integer({ min: 0, max: 15 }), label: fc.constantFrom('a', 'b', '01') });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.nat(), (drawn, seed) => {
      const rows = drawn.map(({ group, label }, i) => ({ id: `row${i}`, group: `g${group}`, label }));
      const split = splitGold(rows, SHARES, seed);
      const sides = [split.mine, split.select, split.test];
      expect(sides.flat().sort()).toEqual(rows.map(({ id }) => id).sort());
      const sideOf = new Map<string, number>();
      for (const { id, group } of rows) {
        const side = sides.findIndex((ids) => ids.includes(id));
        expect(sideOf.get(group) ?? side).toBe(side);
        sideOf.set(group, side);
      }
      for (const ids of sides) expect(ids).toEqual(rows.map(({ id }) => id).filter((id) => ids.includes(id)));
    }),
    { numRuns: 60 },
  );
});

test('groups of one fill every quota of every label to within two rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }), fc.nat(), (a, b, seed) => {
      const split = splitGold(singles({ a, b }), SHARES, seed);
      for (const [label, total] of [
        ['a', a],
        ['b', b],
      ] as const)
        for (const side of ['mine', 'select', 'test'] as const)
          expect(Math.abs(labelsIn(split[side], label) - SHARES[side] * total)).toBeLessThan(2);
    }),
    { numRuns: 60 },
  );
});
