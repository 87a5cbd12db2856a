/** If these fail, a dataset whose labels show in quotes or lengths is published, or an honest one is blocked. */
import fc from 'fast-check';
import {
  artefactGap,
  rebalanceLengths,
  surfaceFeatures,
  tableScore,
  testArtefacts,
} from '../../../../../core/strategies/error-extrapolation/artefacts';
import type {
  ArtefactOptions,
  ArtefactRow,
} from '../../../../../core/strategies/error-extrapolation/artefacts';
import { wordBucket } from '../../../../../core/strategies/error-extrapolation/artefact-features';
import { foldsOf } from '../../../../../core/strategies/error-extrapolation/cross-folds';
import { realSyntheticAuc } from '../../../../../core/strategies/error-extrapolation/real-synthetic-auc';
import { randomFor } from '../../../../../core/random';

const options: ArtefactOptions = {
  kind: 'text',
  labels: [
    { id: 'yes', phrase: 'entailed' },
    { id: 'no', phrase: 'not entailed' },
  ],
  gapMaxPoints: 5,
  seed: 1,
};

/** Sentences of random words; `quoted` share of them in quotes, `length` words. */
function rowsOf(
  name: string,
  label: string,
  count: number,
  {
    quoted = 0,
    length = () => 8,
    first = '',
  }: { quoted?: number; length?: (i: number) => number; first?: string } = {},
): ArtefactRow[] {
  const random = randomFor(1, name, label);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: length(i) }, () => `w${random.integer(300)}`);
    const text = `${[first, ...words].join(' ').trim()}.`;
    return { text: i < quoted * count ? `"${text}"` : text, label };
  });
}
const plain = [...rowsOf('mine', 'yes', 250), ...rowsOf('mine', 'no', 250)];

test('a table of one feature', () => {
  const score = tableScore([
    [161, 204],
    [497, 21],
  ]);
  expect(score.balancedAccuracy).toBeCloseTo(0.7592, 4);
  expect(score.accuracy).toBeCloseTo(0.7939, 4);
  expect(tableScore([[10], [90]])).toEqual({ balancedAccuracy: 0.5, accuracy: 0.1 });
});

test('looks of a text', () => {
  expect(surfaceFeatures('"The film was not entailed!"', ['entailed', 'not entailed', 'x'])).toEqual({
    quotes: 'around',
    'end-mark': '!',
    case: 'sentence',
    digits: '0',
    'list-mark': 'no',
    newline: '0',
    words: '4',
    characters: '16',
    'opening-1': 'the',
    'opening-2': 'the film',
    'opening-3': 'the film was',
    'label-phrase': 'entailed, not entailed',
  });
  expect(surfaceFeatures('- 3 of 12\nitems…', [])).toMatchObject({
    quotes: 'none',
    'end-mark': '…',
    case: 'lower',
    digits: '2+',
    'list-mark': 'yes',
    newline: '1',
    'label-phrase': 'none',
  });
  expect(surfaceFeatures('A Title Case Text', ['ase'])).toMatchObject({
    case: 'title',
    'label-phrase': 'none',
  });
  expect(surfaceFeatures('', [])).toMatchObject({
    words: '0',
    case: 'none',
    'end-mark': 'none',
    quotes: 'none',
  });
  expect(surfaceFeatures('“Ja”, sagte er', [])).toMatchObject({ quotes: 'opens', 'end-mark': 'none' });
  expect([1, 3, 4, 15, 16].map((n) => wordBucket(Array(n).fill('w').join(' ')))).toEqual([
    '1',
    '2',
    '4',
    '8',
    '16',
  ]);
});

test('quotes that tell the label are found and named', () => {
  const fresh = [
    ...rowsOf('new', 'yes', 365, { quoted: 0.44 }),
    ...rowsOf('new', 'no', 518, { quoted: 0.96 }),
  ];
  const verdict = testArtefacts(fresh, plain, options);
  expect(verdict.before).toMatchObject({ tested: true, over: true, feature: 'quotes' });
  expect(Math.abs(verdict.before.features[0]!.newScore - 0.759)).toBeLessThan(0.02);
  expect(verdict.before.features[0]!.mineScore).toBeCloseTo(0.5, 10);
  expect(verdict.over).toBe(true);
});

test('rows that look alike pass, and so do looks that gold has too', () => {
  const same = [...rowsOf('new', 'yes', 300), ...rowsOf('new', 'no', 300)];
  expect(testArtefacts(same, plain, options)).toMatchObject({ over: false, dropped: [] });
  const quotedGold = [
    ...rowsOf('mine', 'yes', 250, { quoted: 0.44 }),
    ...rowsOf('mine', 'no', 250, { quoted: 0.96 }),
  ];
  const fresh = [
    ...rowsOf('new', 'yes', 300, { quoted: 0.44 }),
    ...rowsOf('new', 'no', 300, { quoted: 0.96 }),
  ];
  expect(artefactGap(fresh, quotedGold, options).over).toBe(false);
});

test('five times as many new rows show their looks no better than gold shows the same looks', () => {
  // Each of 200 opening words leans to one label.
  const leaning = (name: string, count: number): ArtefactRow[] => {
    const random = randomFor(1, name);
    return rowsOf(name, 'yes', count).map(({ text }) => {
      const opening = random.integer(200);
      const likely = opening % 2 === 0 ? 'yes' : 'no';
      const other = likely === 'yes' ? 'no' : 'yes';
      return { text: `Open${opening} ${text}`, label: random.integer(10) < 8 ? likely : other };
    });
  };
  const report = artefactGap(leaning('new', 2_500), leaning('mine', 500), options);
  expect(report.checks[0]!.mineScore).toBeGreaterThan(0.6);
  expect(report.checks[0]!.gap).toBeLessThan(0.05);
  expect(report.over).toBe(false);
});

test('lengths that tell the label are balanced, and the test then passes', () => {
  const lengthOf = (short: number) => (i: number) => (i % 100 < short ? 5 : 11);
  const fresh = [
    ...rowsOf('new', 'yes', 400, { length: lengthOf(65) }),
    ...rowsOf('new', 'no', 400, { length: lengthOf(40) }),
  ];
  const gold = [
    ...rowsOf('mine', 'yes', 300, { length: lengthOf(50) }),
    ...rowsOf('mine', 'no', 300, { length: lengthOf(50) }),
  ];
  const verdict = testArtefacts(fresh, gold, options);
  expect(verdict.before.over).toBe(true);
  expect(['words', 'characters']).toContain(verdict.before.feature);
  expect(verdict.over).toBe(false);
  expect(verdict.dropped).toHaveLength(200);
  expect(verdict.after!.checks[0]!.gap).toBeLessThan(verdict.before.checks[0]!.gap);
});

test('never more than 30 % of the rows are left out, and buckets become even as far as that goes', () => {
  const row = fc.record({
    label: fc.constantFrom('yes', 'no', '01'),
    length: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 80 }), fc.nat(), (drawn, seed) => {
      const rows = drawn.map(({ label, length }) => ({ label, text: Array(length).fill('w').join(' ') }));
      const dropped = rebalanceLengths(rows, seed);
      expect(dropped.length).toBeLessThanOrEqual(0.3 * rows.length);
      expect(new Set(dropped).size).toBe(dropped.length);
      expect(dropped.every((place) => place in rows)).toBe(true);
    }),
  );
  const even = ['yes', 'no'].flatMap((label) =>
    Array.from({ length: 9 }, (_, i) => ({ label, text: 'w '.repeat(i) })),
  );
  expect(rebalanceLengths(even, 1)).toEqual([]);
});

test('a pair whose target gives the label away without its context', () => {
  const targets = (name: string, word: Readonly<Record<string, string>>) =>
    ['yes', 'no'].flatMap((label) => {
      const random = randomFor(1, name, label);
      return Array.from({ length: 200 }, () => ({
        label,
        text: `Item${random.integer(90)} is ${word[label]} near item${random.integer(90)}.`,
      }));
    });
  const gold = targets('mine', { yes: 'lying', no: 'lying' });
  const fresh = targets('new', { yes: 'lying', no: 'never' });
  const report = artefactGap(fresh, gold, { ...options, kind: 'pair' });
  expect(report.checks.map(({ name, over }) => [name, over])).toEqual([
    ['surface', true],
    ['target', true],
  ]);
  // Deep in the sentence only the words themselves tell.
  const deep = (rows: readonly ArtefactRow[]) =>
    rows.map(({ text, label }) => ({ label, text: `So we all say that ${text}` }));
  const hidden = artefactGap(deep(fresh), deep(gold), { ...options, kind: 'pair' });
  expect(hidden).toMatchObject({ over: true, feature: 'target' });
  expect(artefactGap(deep(fresh), deep(gold), options).checks).toHaveLength(1);
});

test('too few rows of a label are not judged', () => {
  const few = [...rowsOf('new', 'yes', 300), ...rowsOf('new', 'no', 9)];
  expect(testArtefacts(few, plain, options)).toMatchObject({ before: { tested: false }, over: false });
});

test('folds keep groups together and are about equal', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 60, maxLength: 120 }),
      fc.nat(),
      (numbers, seed) => {
        const groups = numbers.map(String);
        const folds = foldsOf(groups, seed);
        groups.forEach((group, i) => expect(folds[groups.indexOf(group)]).toBe(folds[i]));
        expect([...new Set(folds)].every((fold) => fold >= 0 && fold < 5)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('synthetic texts are told from real ones by their words, and not by nothing', () => {
  const texts = (name: string, first = '') => rowsOf(name, 'yes', 150, { first }).map(({ text }) => text);
  expect(realSyntheticAuc(texts('real'), texts('fake', 'Certainly here is'), 1)).toBeGreaterThan(0.95);
  const same = realSyntheticAuc(texts('real'), texts('other'), 1);
  expect(Math.abs(same - 0.5)).toBeLessThan(0.12);
});
