/** If these fail, a report claims a gain that is luck, or hides one. */
import { macroF1 } from '../../../../../core/metrics/label-metrics';
import { randomFor } from '../../../../../core/random';
import { compareArms } from '../../../../../core/strategies/error-extrapolation/stages/compare-arms';
import { comparisonsOf } from '../../../../../core/strategies/error-extrapolation/stages/comparisons';
import { pairedMacroF1 } from '../../../../../core/strategies/error-extrapolation/stages/macro-f1-bootstrap';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';
import type { TestedStudent } from '../../../../../core/strategies/error-extrapolation/stages/score-students';
import type { Reader } from '../../../../../core/strategy';

const labels = ['neg', 'pos'].map((id) => ({ id, phrase: id }));
const rows: GoldRow[] = Array.from({ length: 200 }, (_, i) => {
  return { id: `t${i}`, group: `g${i}`, label: i % 2 === 0 ? 'neg' : 'pos', text: `t${i}`, line: i + 1 };
});
/** Right but for the first `wrong` rows, from `from` on. */
const said = (wrong: number, from = 0): string[] =>
  rows.map(({ label }, i) => (i >= from && i < from + wrong ? (label === 'neg' ? 'pos' : 'neg') : label!));

function paramsOf(arms: readonly string[], replicates = 1) {
  const task = { kind: 'text', instruction: 'i', labels };
  return errorExtrapolationParamsSchema.parse({ task, arms, replicates });
}

function tested(
  name: string,
  options: Partial<TestedStudent['student']>,
  ...seeds: string[][]
): TestedStudent {
  const student = {
    at: { replicate: 1, arm: 'main' },
    as: 'chosen' as const,
    round: 2,
    composition: 'synthetic-only' as const,
    params: paramsOf([]),
    rows: 1_000,
    name,
    training: { stage: 'x', prefix: name },
    ...options,
  };
  return { student, said: seeds };
}

async function compare(arms: readonly string[], students: readonly TestedStudent[], replicates = 1) {
  const params = paramsOf(arms, replicates);
  const facts = { comparisons: comparisonsOf(params) };
  const read = { stage: () => Promise.resolve({ counts: {}, facts }) } as unknown as Reader;
  return compareArms({ read, params, seed: 1 }, { metric: 'accuracy', rows, tested: students });
}

const mix = { at: { replicate: 1, arm: 'goldgen-mix' } };
const gold = { composition: 'gold-plus-synthetic' as const };

test('the last round is compared where it is another than the returned one', async () => {
  const students = [
    tested('main', { as: 'chosen' }, said(60)),
    tested('main-last', { as: 'last', round: 3 }, said(20)),
    tested('goldgen-mix', { ...mix, rows: 990 }, said(40)),
  ];
  const [first, ...others] = await compare(['goldgen-mix'], students);
  expect(first).toMatchObject({ id: 'main-goldgen-mix', mean: 0.1, seeds: 1, replicates: 1, matched: true });
  expect(first!.low).toBeGreaterThan(0);
  expect(others).toEqual([]); // no student with gold was there
});

test('arms more than 2 % apart are not matched; gold alone is no arm to match', async () => {
  const [against] = await compare(
    ['goldgen-mix'],
    [tested('main', {}, said(20)), tested('goldgen-mix', { ...mix, rows: 970 }, said(40))],
  );
  expect(against!.matched).toBe(false);
  const [toGold] = await compare(
    ['gold-only'],
    [
      tested('main', gold, said(20)),
      tested('gold-only', { ...gold, at: { replicate: 1, arm: 'gold-only' }, rows: 0 }, said(40)),
    ],
  );
  expect(toGold).toMatchObject({ id: 'main-gold-only', matched: true });
});

test('p is adjusted for the number of comparisons', async () => {
  const students = [
    tested('main', {}, said(20)),
    tested('goldgen-mix', mix, said(30)),
    tested('main', gold, said(20)),
    tested('goldgen-mix', { ...mix, ...gold }, said(22)),
  ];
  const compared = await compare(['goldgen-mix'], students);
  expect(compared.map(({ id }) => id)).toEqual(['main-goldgen-mix', 'gold-main-goldgen-mix']);
  for (const { p, pHolm } of compared) expect(pHolm).toBeGreaterThanOrEqual(p);
  const [first] = [...compared].sort((a, b) => a.p - b.p);
  expect(first!.pHolm).toBeCloseTo(2 * first!.p, 4);
});

test('three replicates are drawn again as well: what one of them has alone is no gain', async () => {
  const students = [1, 2, 3].flatMap((replicate) => [
    tested(`main${replicate}`, { at: { replicate, arm: 'main' } }, said(replicate === 1 ? 0 : 40)),
    tested(`mix${replicate}`, { at: { replicate, arm: 'goldgen-mix' } }, said(40)),
  ]);
  const [wide] = await compare(['goldgen-mix'], students, 3);
  expect(wide).toMatchObject({ replicates: 3 });
  expect(wide!.low).toBeLessThanOrEqual(0.001);
});

test('macro-F1 is counted anew in every resample', () => {
  const [left, right] = [said(10), said(40)];
  const gold_ = rows.map(({ label }) => label!);
  const drawing = {
    groups: rows.map(({ group }) => group),
    replicates: [0],
    resamples: 2_000,
    random: randomFor(1, 'test'),
  };
  const { mean, low, high, p } = pairedMacroF1(rows, [{ left, right }], drawing);
  expect(mean).toBeCloseTo(macroF1(gold_, left) - macroF1(gold_, right), 10);
  expect(low).toBeGreaterThan(0.08);
  expect(high).toBeLessThan(0.22);
  expect(p).toBeLessThan(0.01);
  const same = pairedMacroF1(rows, [{ left, right: left }], drawing);
  expect(same).toMatchObject({ mean: 0, low: 0, high: 0, p: 1 });
});
