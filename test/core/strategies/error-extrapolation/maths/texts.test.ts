/** If these fail, copies, near-duplicates and rows leaked from the test split get into the dataset. */
import fc from 'fast-check';
import { copyShare } from '../../../../../core/strategies/error-extrapolation/copy-share';
import {
  jaccard3,
  leakHashes,
  nearBands,
  shingles3,
} from '../../../../../core/strategies/error-extrapolation/word-shingles';
import { words } from '../../../../../core/text/words';

const shared = (a: readonly number[], b: readonly number[]) => a.some((hash, band) => hash === b[band]);
const run = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `word${from + i}`).join(' ');

test('copied words count as often as the source has them', () => {
  expect(copyShare('The cat is not black', 'The cat is black')).toBeCloseTo(0.8, 10);
  expect(copyShare('no no no', 'no')).toBeCloseTo(1 / 3, 10);
  expect([copyShare('', 'a'), copyShare('…', 'a'), copyShare('a', '')]).toEqual([0, 0, 0]);
});

test('similarity by runs of three words', () => {
  expect(jaccard3('a b c d e', 'a b c d f')).toBeCloseTo(0.5, 10);
  expect(jaccard3('A, b!', 'a b')).toBe(1);
  expect(jaccard3('a b', 'a c')).toBe(0);
  expect([...shingles3('a b c d')]).toEqual(['a b c', 'b c d']);
});

test('near texts share a band, strangers none', () => {
  expect(nearBands(shingles3(run(0, 60)))).toHaveLength(16);
  const base = nearBands(shingles3(run(0, 120)));
  expect(shared(base, nearBands(shingles3(`${run(0, 117)} x y z`)))).toBe(true);
  expect(shared(base, nearBands(shingles3(run(500, 620))))).toBe(false);
});

test('of 200 pairs above .8 nearly all share a band, of 200 below .35 nearly none', () => {
  const found = (changed: number) =>
    Array.from({ length: 200 }, (_, i) => {
      const text = run(1_000 * i, 1_000 * i + 60);
      const other = words(text)
        .map((word, place) => (place < changed ? `${word}x` : word))
        .join(' ');
      return shared(nearBands(shingles3(text)), nearBands(shingles3(other)));
    }).filter(Boolean).length;
  // 4 of 60 words changed at one end: 54 of 62 shingles are common, .87. 28 changed: 30 of 86, .35.
  expect(found(4)).toBeGreaterThan(180);
  expect(found(28)).toBeLessThan(12);
});

test('a run of 13 shared words is a leak, 12 are not, and a short text is its own', () => {
  const test = new Set(leakHashes(run(0, 40), 13));
  const leaks = (text: string) => leakHashes(text, 13).some((hash) => test.has(hash));
  expect(leaks(`so ${run(10, 23)} it is`)).toBe(true);
  expect(leaks(`so ${run(10, 22)} it is`)).toBe(false);
  expect(leakHashes('Short one', 13)).toEqual(leakHashes('short, one!', 13));
  expect(leakHashes('…', 13)).toEqual([]);
  expect(leakHashes(run(0, 40), 13)[0]).toMatch(/^[0-9a-f]{16}$/);
});

test('similarity is symmetric, and 1 with itself', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 })
    .map((list) => list.join(' '));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(jaccard3(a, b)).toBe(jaccard3(b, a));
      expect(jaccard3(a, a)).toBe(1);
      expect(copyShare(a, a)).toBe(1);
    }),
  );
});
