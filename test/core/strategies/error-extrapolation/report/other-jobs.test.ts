/** If these fail, the report breaks on jobs that went another way: unfinished arms, no rounds, questions, many labels. */
import { finishedJob, goldRow, reportOf, score, wordsOf, written } from './fixture';
import type { JobFixture } from './fixture';
import { cell, NO_NUMBERS, section, tableIn } from './sections';

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
