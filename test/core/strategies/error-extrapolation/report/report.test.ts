/** If these fail, the report of a job has holes, numbers that are none, or rows that nobody can find again. */
import type { StrategyReport } from '../../../../../core/strategy';
import { finishedJob, mined, reportOf, wordsOf } from './fixture';
import { cell, NO_NUMBERS, section, tableIn } from './sections';

describe('a finished job', () => {
  let report: StrategyReport;
  beforeAll(async () => {
    report = await reportOf(finishedJob());
  });

  test('has every section, in the order of what a reader asks', () => {
    expect(report.sections.map(({ title }) => title)).toEqual([
      'What was shown',
      'Rounds',
      'Labels by round',
      'Arms on the test rows',
      'Comparisons',
      'Filters',
      'Quality of the answers',
      'Artefacts',
      'Diversity, difficulty, likeness',
      'Gold',
      'Suspected gold noise',
      'Errors and what was written from them',
    ]);
    expect(wordsOf(report)).not.toMatch(NO_NUMBERS);
  });

  test('rounds: score with interval, gain, errors and churn, money per point', () => {
    const table = tableIn(section(report, 'Rounds'));
    expect(cell(table, '0', 'accuracy on select, %')).toBe('70.0');
    expect(cell(table, '1 (returned)', '95 % CI')).toBe('70.0 to 78.0');
    expect(cell(table, '1 (returned)', 'gain, points')).toBe('4.00');
    expect(['fixed', 'persisting', 'new'].map((name) => cell(table, '1 (returned)', name))).toEqual([
      2, 2, 1,
    ]);
    expect(cell(table, '1 (returned)', 'extrapolated rows')).toBe(20);
    expect(cell(table, '1 (returned)', 'per point')).toBe('$0.75');
    expect(section(report, 'Rounds').blocks.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['lines', 'bars']),
    );
  });

  test('arms: mean, spread, interval, money per point over gold, and what is returned', () => {
    const table = tableIn(section(report, 'Arms on the test rows'));
    const main = table.rows.find(
      ([arm, composition]) => arm === 'main' && composition === 'gold-plus-synthetic',
    )!;
    expect(main.slice(3, 10)).toEqual([50, '85.0', '1.00', '78.0 to 84.0', 110, '$6.00', '$0.60']);
    expect(main.at(-1)).toBe('returned');
    expect(cell(table, 'gold-only', 'composition')).toBe('gold');
  });

  test('comparisons: a forest in points, and the numbers behind it', () => {
    const { blocks } = section(report, 'Comparisons');
    const forest = blocks.find(({ type }) => type === 'forest');
    expect(forest).toMatchObject({
      reference: 0,
      rows: expect.arrayContaining([expect.objectContaining({ mean: 5, low: 2, high: 8 })]),
    });
    const table = tableIn(section(report, 'Comparisons'));
    expect(table.rows[0]!.slice(0, 3)).toEqual(['main − goldgen-mix (last round)', '+5.00', '2.00 to 8.00']);
  });

  test('filters: every planned row stands in one line, under its label', () => {
    const { columns, rows } = tableIn(section(report, 'Filters'));
    expect(columns).toEqual(['', 'pos', 'neg', 'all']);
    const all = new Map(rows.map((row) => [row[0], row.at(-1) as number]));
    expect(all.get('planned')).toBe(56);
    expect(all.get('accepted')).toBe(50);
    expect(cell({ columns, rows }, 'label-disagrees', 'neg')).toBe(2);
    expect(cell({ columns, rows }, 'failed: timeout', 'pos')).toBe(2);
  });

  test('quality: what could be read, and how often the judge agrees', () => {
    const table = tableIn(section(report, 'Quality of the answers'));
    expect(cell(table, '0', 'answers with a row, %')).toBe('96.9');
    expect(cell(table, '0', 'judge agrees, %')).toBe('96.8');
  });

  test('measures: each round beside gold', () => {
    const table = tableIn(section(report, 'Diversity, difficulty, likeness'));
    expect(table.rows.map(([name]) => name)).toEqual([
      'gold: mine',
      'gold: select',
      'round 0 (seed)',
      'round 1',
    ]);
    expect(cell(table, 'round 1', 'loss of a student of the rounds before')).toMatch(/^\d/u);
  });

  test('suspected rows are listed with their line and text, triples with both texts', () => {
    expect(tableIn(section(report, 'Suspected gold noise')).rows[0]!.slice(0, 4)).toEqual([
      '2',
      'g1',
      'neg',
      'pos',
    ]);
    const [, samples] = section(report, 'Errors and what was written from them').blocks;
    const shown = samples?.type === 'samples' ? samples.samples : [];
    expect(shown.length).toBe(20);
    expect(shown[0]!.text).toMatch(/^Error \(g\d\): .*\nGold: .*\nStudents: .*\nNew row \((pos|neg)\): /u);
  });

  test('equal jobs have equal reports', async () => {
    expect(wordsOf(await reportOf(finishedJob()))).toBe(wordsOf(report));
  });
});

test('scores that were read off mine are marked, and the reader is warned', async () => {
  const job = finishedJob({
    'main/mine-0': mined(0, { optimistic: true }),
    'main/mine-1': mined(1, { optimistic: true }),
  });
  const report = await reportOf(job, { params: { selectOn: 'mine' } });
  expect(cell(tableIn(section(report, 'Rounds')), '0', 'accuracy on mine, %')).toBe('70.0 *');
  expect(report.notes).toEqual(expect.arrayContaining([expect.stringContaining('optimistic')]));
});

test('without prices nothing costs 0: calls stand for money', async () => {
  const report = await reportOf(finishedJob(), { priced: false });
  const table = tableIn(section(report, 'Rounds'));
  expect(cell(table, '1 (returned)', 'cost')).toBe('–');
  expect(cell(table, '1 (returned)', 'per point')).toMatch(/^\d+ calls$/u);
  expect(wordsOf(report)).not.toContain('$');
});

test('students that had seen nothing of mine are not called optimistic', async () => {
  const job = finishedJob({
    'main/mine-0': mined(0, { optimistic: true }),
    'main/mine-1': mined(1, { optimistic: true }),
  });
  const report = await reportOf(job, { params: { selectOn: 'mine', composition: 'synthetic-only' } });
  const rounds = tableIn(section(report, 'Rounds'));
  expect(cell(rounds, '0', 'accuracy on mine, %')).toBe('70.0');
  expect(cell(rounds, '1 (returned)', 'accuracy on mine, %')).toBe('74.0 *');
});
