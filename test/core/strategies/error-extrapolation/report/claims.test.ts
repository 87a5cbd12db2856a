/** If these fail, a report claims what its numbers do not show, or keeps quiet about what they do. */
import { compared, finishedJob, reportOf, score, wordsOf } from './fixture';
import type { JobFixture, ReportOptions } from './fixture';

function jobWith(comparisons: readonly unknown[]): JobFixture {
  const scores = [score('main/synthetic-only')];
  const facts = { rows: 10, metric: 'accuracy', students: 1, comparisons };
  return finishedJob({ test: { facts: facts as never, collections: { scores, comparisons } } });
}

async function verdictOf(comparisons: readonly unknown[], options: ReportOptions = {}): Promise<string> {
  return (await reportOf(jobWith(comparisons), options)).verdict ?? '';
}

const both = (given: Parameters<typeof compared>[1]) => [
  compared('main-goldgen-mix', given),
  compared('main-gold-only', given),
];

test('both helped: the verdict says so, for this dataset, and speaks of luck once', async () => {
  const verdict = await verdictOf(both({}));
  expect(verdict).toMatch(/^The generated data helped for this dataset: \+5 points/u);
  expect(verdict).toContain('Error targeting helped for this dataset');
  expect(verdict.match(/luck of generation/gu)).toHaveLength(1);
});

test('harm is said as plainly', async () => {
  const verdict = await verdictOf(both({ mean: -0.05, low: -0.08, high: -0.02 }));
  expect(verdict).toContain('The generated data harmed for this dataset: −5 points');
  expect(verdict).not.toContain('helped for');
});

test.each([
  ['an interval with 0', { low: -0.01 }, 'The interval holds 0'],
  ['a p that is not small', { pHolm: 0.2 }, 'P is not below 0.05'],
  ['one seed', { seeds: 1 }, 'One student seed, 3 are needed'],
  ['sides of different size', { matched: false }, 'The two sides are not matched'],
])('%s shows nothing', async (_, given, why) => {
  const verdict = await verdictOf(both(given));
  expect(verdict).toContain('It is not shown that the generated data helped');
  expect(verdict).toContain(why);
});

test('three replicates speak for the task', async () => {
  const verdict = await verdictOf(both({ replicates: 3 }), { params: { replicates: 3 } });
  expect(verdict).toContain('helped on this task');
  expect(verdict).not.toContain('luck');
});

test('a job without arms says that nothing was tested, and why', async () => {
  const report = await reportOf(jobWith([]), { params: { arms: [] } });
  expect(report.verdict).toContain(
    'Whether the generated data helped was not tested: the job has no arm gold-only.',
  );
  expect(report.verdict).toContain(
    'Whether error targeting helped was not tested: the job has no arm goldgen-mix.',
  );
  expect(wordsOf(report)).toContain('Nothing about how well a student learns from this data.');
});

test('what was tested stands alone in the verdict; what was not is in the section', async () => {
  const report = await reportOf(jobWith([compared('main-gold-only')]));
  expect(report.verdict).toMatch(/^The generated data helped/u);
  expect(report.verdict).not.toContain('not tested');
  expect(JSON.stringify(report.sections[0])).toContain('Whether error targeting helped was not tested');
});

test.each([
  ['scripted/x', 'written by a program'],
  ['embedded/smollm2', '135M parameters'],
])('rows of %s are no proof of a method', async (model, words) => {
  const report = await reportOf(finishedJob(), { model });
  expect(report.verdict).toContain(words);
  expect(JSON.stringify(report.sections[0])).toContain(words);
});

test('unmatched comparisons are named before the data is used', async () => {
  const { notes, sections } = await reportOf(jobWith([compared('main-goldgen-mix', { matched: false })]));
  expect(notes).toEqual(
    expect.arrayContaining([expect.stringContaining('not matched in size: main-goldgen-mix')]),
  );
  expect(JSON.stringify(sections[0])).toContain('50 and 50 synthetic rows');
});
