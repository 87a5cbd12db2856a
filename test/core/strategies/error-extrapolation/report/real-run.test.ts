/** If these fail, what a real run leaves behind is not what its report reads, and the page shows other numbers. */
import { errorExtrapolation } from '../../../../../core/strategies/error-extrapolation';
import type { StrategyReport } from '../../../../../core/strategy';
import { renderCard, renderReportHtml } from '../../../../../core/report';
import type { Report } from '../../../../../core/report';
import { SAMPLE_REPORT } from '../../../../support/sample-report';
import { textToy } from '../../../../support/toys/text-toy';
import type { StoryRun } from '../acceptance/story-run';
import { runStory } from '../acceptance/run-story';
import { toyJob } from '../acceptance/toy-job';
import { NO_NUMBERS, section, tableIn } from './sections';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const LONG_MS = 120_000;

let run: StoryRun;
let report: StrategyReport;

beforeAll(async () => {
  const toy = textToy({ seed: 1, rows: 400, labels: 2 });
  const judge = (prompt: string): string => toy.trueLabel(/<<<([\s\S]*?)>>>/u.exec(prompt)![1]!);
  const params = {
    seedPerLabel: 40,
    errorsPerRoundMax: 30,
    composition: 'gold-plus-synthetic',
    arms: ['goldgen-mix', 'gold-only', 'seed-only', 'teacher-zero-shot'],
  };
  const story = await runStory(toyJob(toy, { params, judge }));
  expect(story.blocked).toBeUndefined();
  run = story.run;
  const { read, spent } = run;
  report = await errorExtrapolation.report({ ...run.facts, read, spent, records: 0, priced: false });
}, LONG_MS);

test('every row of main stands in the table of filters', () => {
  const { rows } = tableIn(section(report, 'Filters'));
  const all = new Map(rows.map((row) => [row[0], row.at(-1) as number]));
  const stages = Object.entries(run.stages);
  const count = (pattern: RegExp): number =>
    stages.filter(([name]) => pattern.test(name)).reduce((sum, [, stage]) => sum + stage.rows.length, 0);
  expect(all.get('planned')).toBe(count(/^main\/(?:seed|extrapolate-\d)$/u));
  const ends = rows.slice(1).map((row) => row.at(-1) as number);
  expect(ends.reduce((sum, value) => sum + value, 0)).toBe(all.get('planned'));
});

test('arms and comparisons are those that the test stage found', () => {
  const scores = run.stages['test']!.collections.get('scores')!;
  const { rows } = tableIn(section(report, 'Arms on the test rows'));
  expect(rows.slice(0, -1)).toHaveLength(scores.length);
  expect(rows.at(-1)!.slice(0, 5)).toEqual(['teacher-zero-shot', '–', '–', 0, '100.0']);
  const comparisons = run.stages['test']!.facts['comparisons'] as unknown[];
  expect(comparisons.length).toBeGreaterThanOrEqual(3);
  expect(tableIn(section(report, 'Comparisons')).rows).toHaveLength(comparisons.length);
  expect(report.verdict).toMatch(/error targeting/iu);
});

test('page and card show it, without a number that is none', () => {
  const whole: Report = {
    ...SAMPLE_REPORT,
    verdict: report.verdict!,
    notes: report.notes!,
    sections: report.sections,
  };
  for (const page of [renderReportHtml(whole), renderCard(whole)]) {
    expect(page).toContain('Suspected gold noise');
    expect(page).not.toMatch(NO_NUMBERS);
  }
});
