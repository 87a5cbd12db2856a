/** If these fail, the report of a job has holes, numbers that are none, or rows that nobody can find again. */
import type { Section } from '../../../../../core/report';
import type { StrategyReport } from '../../../../../core/strategy';
import { finishedJob, goldRow, mined, paramsOf, reportOf, score, wordsOf, written } from './fixture';
import type { JobFixture } from './fixture';

const NO_NUMBERS = /NaN|undefined|Infinity|\[object|null%/u;

const section = ({ sections }: StrategyReport, title: string): Section =>
  sections.find((one) => one.title === title)!;

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
function tableIn(of: Section, n = 0): Table {
  return of.blocks.filter(
    (block): block is Extract<typeof block, { type: 'table' }> => block.type === 'table',
  )[n]!;
}
function cell({ columns, rows }: Table, row: string, column: string): string | number {
  return rows.find(([name]) => String(name) === row)![columns.indexOf(column)]!;
}

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
    expect(cell(table, '0', 'select accuracy, %')).toBe('70.0');
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
    expect(main.slice(3, 10)).toEqual([50, '85.0', '1.00', '78.0 to 84.0', 110 - 50, '$6.00', '$0.60']);
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
  expect(cell(tableIn(section(report, 'Rounds')), '0', 'select accuracy, %')).toBe('70.0 *');
  expect(report.notes).toEqual(expect.arrayContaining([expect.stringContaining('optimistic')]));
});

test('without prices nothing costs 0: calls stand for money', async () => {
  const report = await reportOf(finishedJob(), { priced: false });
  const table = tableIn(section(report, 'Rounds'));
  expect(cell(table, '1 (returned)', 'cost')).toBe('–');
  expect(cell(table, '1 (returned)', 'per point')).toMatch(/^\d+ calls$/u);
  expect(wordsOf(report)).not.toContain('$');
});

test('an arm that did not finish is named with its reason, an unmatched one with its size', async () => {
  const scores = [
    score('main/synthetic-only'),
    score('goldgen-mix/synthetic-only', { rows: 40, scores: [0.7], mean: 0.7 }),
  ];
  const facts = { rows: 10, metric: 'accuracy', students: 2, comparisons: [] };
  const report = await reportOf(finishedJob({ test: { facts, collections: { scores } } }), {
    params: { arms: ['goldgen-mix', 'gold-only', 'seed-only', 'teacher-zero-shot'] },
  });
  const words = JSON.stringify(section(report, 'Arms on the test rows'));
  expect(words).toContain('not matched: main has 50 rows');
  expect(words).toContain('1 of 3 seeds');
  expect(words).toContain('Not tested: seed-only: the arm seed-only has no accepted row.');
  expect(words).toContain('Not tested: gold-only: no student of gold alone was trained to its end.');
  expect(words).toContain('Not tested: teacher-zero-shot: no row of teacher-zero-shot was answered.');
  expect(wordsOf(report)).not.toMatch(NO_NUMBERS);
});

test('teachers stand beside the students', async () => {
  const teacher = { arm: 'teacher-zero-shot', rows: 9, failed: 1, mean: 0.9, low: 0.8, high: 1 };
  const job = finishedJob({ 'test-teacher': { facts: { arms: 1 }, collections: { scores: [teacher] } } });
  const report = await reportOf(job, { params: { arms: ['teacher-zero-shot'] } });
  const table = tableIn(section(report, 'Arms on the test rows'));
  expect(cell(table, 'teacher-zero-shot', 'accuracy, %')).toBe('90.0');
  expect(cell(table, 'teacher-zero-shot', 'note')).toBe('1 rows without an answer');
});

test('replicates are pooled, with the spread that seeds do not show', async () => {
  const scores = ['main', 'r2/main', 'r3/main'].map((name, index) =>
    score(`${name}/synthetic-only`, { replicate: index + 1, mean: 0.7 + index / 10 }),
  );
  const facts = { rows: 10, metric: 'accuracy', students: 3, comparisons: [] };
  const report = await reportOf(finishedJob({ test: { facts, collections: { scores } } }), {
    params: { replicates: 3 },
  });
  const pooled = tableIn(section(report, 'Arms on the test rows'), 1);
  expect(pooled.rows).toEqual([['main/synthetic-only', 3, '80.0', '10.00', '70.0 to 90.0']]);
});

describe('a job without a finished round', () => {
  const { prepare } = finishedJob();

  test.each<[string, JobFixture, string]>([
    ['before anything was written', {}, 'no seed row was planned'],
    [
      'whose students could not be trained',
      written(30, 0),
      'no student was trained and looked at on the 30 seed rows',
    ],
  ])('%s says so everywhere', async (_, stages, why) => {
    const report = await reportOf({ prepare: prepare!, ...stages });
    expect(JSON.stringify(section(report, 'Rounds'))).toContain(why);
    expect(report.verdict).toContain('was not tested');
    expect(wordsOf(report)).not.toMatch(NO_NUMBERS);
  });
});

test('question answering has no labels to count, and no looks to test', async () => {
  const answered = (i: number) => {
    const year = String(1900 + i);
    const context = `The mill ${i} was built in ${year} by masons of the town.`;
    return {
      id: `q${i}`,
      context,
      question: `When was mill ${i} built?`,
      answers: [{ text: year, start: context.indexOf(year) }],
    };
  };
  const record = (i: number, round: number) => ({
    ...answered(i),
    id: `w${round}/${i}`,
    origin: 'seed',
    round,
    variant: 'near',
    parentId: 'q1',
    reasons: [],
    promptHash: 'p',
    model: 'm',
    callKeys: [],
  });
  const rows = (round: number) => Array.from({ length: 8 }, (_, i) => record(20 + i, round));
  const stagesOf = (round: number): JobFixture => ({
    [round === 0 ? 'main/seed' : `main/extrapolate-${round}`]: {
      rows: rows(round).map(({ id }) => ({ key: id, data: { variant: 'near' } })),
    },
    [`main/sift-${round}`]: {
      rows: rows(round).map((one) => ({ key: one.id, data: { written: one }, record: one })),
    },
    [`main/gate-${round}`]: {
      facts: { rows: 8 },
      rows: rows(round).map((one) => ({ key: one.id, record: one })),
    },
    [`main/mine-${round}`]: {
      facts: {
        score: 0.5,
        low: 0.4,
        high: 0.6,
        metric: 'f1',
        errors: 1,
        suspected: 1,
        done: round > 0,
        best: round,
      },
      collections: {
        errors: [{ id: 'q1', ordinal: 1, predicted: '', goldProbability: 0, suspected: true }],
        summary: [{ round, errorsByLabel: [], predictedShares: [], rowsByLabel: [], scores: [0.5] }],
      },
    },
  });
  const mine = Array.from({ length: 10 }, (_, i) => ({ ...answered(i), group: `${i}`, line: i + 1 }));
  const params = { task: { kind: 'extractive-qa', instruction: 'Answer from the context.' }, arms: [] };
  const report = await reportOf(
    {
      prepare: { facts: { gold: 10, mine: 10, select: 0, test: 0, shares: [] }, collections: { mine } },
      ...stagesOf(0),
      'main/pick-1': {
        facts: { picks: 1 },
        collections: { picks: [{ id: 'q1', ordinal: 1, predicted: '', draws: { near: 1 } }] },
      },
      ...stagesOf(1),
    },
    { params },
  );
  expect(paramsOf(params).task.kind).toBe('extractive-qa');
  expect(report.sections.some(({ title }) => title === 'Labels by round')).toBe(false);
  expect(tableIn(section(report, 'Filters')).columns).toEqual(['', 'all']);
  expect(JSON.stringify(section(report, 'Suspected gold noise'))).toContain('1901');
  expect(JSON.stringify(section(report, 'Errors and what was written from them'))).toContain(
    '1901 taken for (nothing)',
  );
  expect(wordsOf(report)).not.toMatch(NO_NUMBERS);
});

test('many labels: the commonest by themselves, the others as one', async () => {
  const labels = Array.from({ length: 12 }, (_, i) => ({ id: `l${i}`, phrase: `of kind ${i}` }));
  const summary = {
    round: 0,
    errorsByLabel: labels.map(() => 1),
    predictedShares: labels.map(() => 1 / 12),
    rowsByLabel: labels.map(() => 3),
    scores: [0.5],
  };
  const gold = Array.from({ length: 24 }, (_, i) => ({ ...goldRow(i), label: `l${i % 12}` }));
  const report = await reportOf(
    {
      prepare: {
        facts: { mine: 24, shares: labels.map((_, i) => (i === 11 ? 0.45 : 0.05)) },
        collections: { mine: gold },
      },
      'main/mine-0': { facts: { score: 0.5, errors: 0, best: 0 }, collections: { summary: [summary] } },
    },
    { params: { arms: [], task: { kind: 'text', instruction: 'Which kind?', labels } } },
  );
  const [, errors] = section(report, 'Labels by round').blocks;
  const names = errors?.type === 'bars' ? errors.series.map(({ name }) => name) : [];
  expect(names).toEqual(['l0', 'l1', 'l2', 'l3', 'l11', '7 other labels']);
  expect(wordsOf(report)).not.toMatch(NO_NUMBERS);
});
