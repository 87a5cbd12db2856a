/** Every arm on the test rows, and the comparisons that were fixed before anything was generated. */
import type { Section, SectionBlock } from '../../report';
import type { PublishContext } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import type { Cost } from './report-cost';
import { costOf, costUpTo, perPoint } from './report-cost';
import type { TestReport } from './report-tested';
import { interval, list, NOT_KNOWN, percent, points, probability, text, usd } from './report-words';
import { areMatched } from './stages/compare-arms';
import type { Comparison } from './stages/comparisons';
import { GOLD_ONLY } from './stages/final-students';
import { meanOf } from './stages/score-students';
import type { StudentScore } from './stages/score-students';

type Context = PublishContext<ErrorExtrapolationParams>;

export async function armsSection(context: Context, tested: TestReport): Promise<Section> {
  const title = 'Arms on the test rows';
  const missing = Object.entries(tested.untested)
    .filter(([arm]) => context.params.arms.some((asked) => asked === arm))
    .map(([arm, why]) => `Not tested: ${arm}: ${why}.`);
  if (tested.scores.length === 0 && tested.teachers.length === 0) {
    const why = tested.rows === 0 ? 'there are no test rows' : 'no student was trained to its end';
    return { title, blocks: list([`No student was tested: ${why}.`, ...missing]) };
  }
  const rows: (string | number)[][] = [];
  for (const score of tested.scores) rows.push(await studentRow(context, score, tested));
  for (const teacher of tested.teachers) {
    const { arm, mean, low, high, failed } = teacher;
    const cost = await costOf(context, ['test-teacher']);
    const note = failed === 0 ? '' : `${failed} rows without an answer`;
    rows.push([
      arm,
      NOT_KNOWN,
      NOT_KNOWN,
      0,
      percent(mean),
      NOT_KNOWN,
      interval(low, high),
      cost.calls,
      usd(cost.usd),
      NOT_KNOWN,
      note,
    ]);
  }
  const columns = [
    'arm',
    'composition',
    'round',
    'synthetic rows',
    `${tested.metric}, %`,
    'SD over seeds',
    '95 % CI over rows',
    'calls',
    'cost',
    'per point over gold-only',
    'note',
  ];
  const blocks: SectionBlock[] = [
    text(
      `${tested.rows} test rows, looked at once, by all students together. Costs are those of an arm's own rows as if ` +
        'it had run alone: calls that arms share are paid once and counted for each. Teachers share one line of cost.',
    ),
    { type: 'table', columns, rows },
    ...replicatesTable(context, tested),
    ...list(missing),
  ];
  return { title, blocks };
}

async function studentRow(
  context: Context,
  score: StudentScore,
  tested: TestReport,
): Promise<(string | number)[]> {
  const { arm, replicate, composition, round, rows, scores, mean, deviation, low, high } = score;
  const isGold = arm === GOLD_ONLY;
  const cost: Cost = isGold ? await costOf(context, []) : await costUpTo(context, { replicate, arm }, round);
  return [
    score.name.slice(0, score.name.lastIndexOf('/')),
    isGold ? 'gold' : composition,
    isGold ? NOT_KNOWN : String(round),
    rows,
    percent(mean),
    scores.length < 2 ? NOT_KNOWN : percent(deviation, 2),
    interval(low, high),
    cost.calls,
    usd(cost.usd),
    isGold ? NOT_KNOWN : perPoint(cost, gainOverGold(score, tested)),
    notesOf(context, score, tested).join('; '),
  ];
}

function gainOverGold({ mean }: StudentScore, { scores }: TestReport): number | undefined {
  const gold = scores.find(({ arm }) => arm === GOLD_ONLY);
  return gold === undefined ? undefined : 100 * (mean - gold.mean);
}

function notesOf({ params }: Context, score: StudentScore, tested: TestReport): string[] {
  const { arm, replicate, composition, scores, name } = score;
  const notes: string[] = [];
  if (name === `main/${params.composition}`) notes.push('returned');
  if (scores.length < params.studentSeeds.length)
    notes.push(`${scores.length} of ${params.studentSeeds.length} seeds`);
  const size = mainSize(tested, replicate);
  if (arm !== 'main' && arm !== GOLD_ONLY && size !== undefined && !areMatched([score.rows, size]))
    notes.push(`not matched: main has ${size} rows`);
  if (composition === 'synthetic-only' && arm === 'main') notes.push('finds the errors');
  return notes;
}

/** Main's rows after its last round: what arms are matched to. */
function mainSize({ scores }: TestReport, replicate: number): number | undefined {
  const sizes = scores
    .filter((one) => one.arm === 'main' && one.replicate === replicate)
    .map(({ rows }) => rows);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** Where generation was repeated: the spread that seeds alone do not show. */
function replicatesTable({ params }: Context, { scores, metric }: TestReport): SectionBlock[] {
  if (params.replicates < 2) return [];
  const groups = new Map<string, StudentScore[]>();
  for (const score of scores) {
    if (score.arm === GOLD_ONLY) continue;
    const key = score.name.replace(/^r\d+\//u, '');
    groups.set(key, [...(groups.get(key) ?? []), score]);
  }
  const rows = [...groups].map(([name, members]) => {
    const means = members.map(({ mean }) => mean);
    const center = meanOf(means);
    const squares = means.reduce((sum, mean) => sum + (mean - center) ** 2, 0);
    const deviation = means.length < 2 ? undefined : Math.sqrt(squares / (means.length - 1));
    return [
      name,
      means.length,
      percent(center),
      percent(deviation, 2),
      interval(Math.min(...means), Math.max(...means)),
    ];
  });
  const columns = ['arm', 'replicates', `mean ${metric}, %`, 'SD over replicates', 'lowest to highest'];
  return [text('Over replicates, each with rows generated anew:'), { type: 'table', columns, rows }];
}

export function comparisonsSection({ params }: Context, tested: TestReport): Section {
  const title = 'Comparisons';
  const { comparisons, planned } = tested;
  const named = new Map(planned.map((one) => [one.id, labelOf(one)]));
  const missing = planned
    .filter(({ id }) => !comparisons.some((one) => one.id === id))
    .map(
      (one) =>
        `Not tested: ${labelOf(one)}: ${tested.untested[one.right.arm] ?? tested.untested['main'] ?? 'a side has no tested student'}.`,
    );
  if (planned.length === 0)
    return { title, blocks: [text('The job has no arms, so nothing was compared. `arms` adds them.')] };
  if (comparisons.length === 0) return { title, blocks: list(missing) };
  const columns = [
    'comparison',
    'points',
    '95 % CI',
    'p',
    'p (Holm)',
    'seeds',
    'replicates',
    'rows',
    'matched',
  ];
  const rows = comparisons.map((one) => [
    named.get(one.id) ?? one.id,
    points(one.mean, 2),
    interval(one.low, one.high, (value) => percent(value, 2)),
    probability(one.p),
    probability(one.pHolm),
    one.seeds,
    one.replicates,
    one.rows.join(' / '),
    one.matched ? 'yes' : 'no',
  ]);
  const resampled =
    params.replicates >= 3 ? 'rows of a group, seeds and replicates' : 'rows of a group and seeds';
  const blocks: SectionBlock[] = [
    text(
      `Differences of ${tested.metric} on the test rows, fixed in number and kind before anything was generated. ` +
        `Intervals: 95 % of 10,000 means with ${resampled} drawn again; p is adjusted for ${comparisons.length} comparisons (Holm).`,
    ),
    {
      type: 'forest',
      title: 'Differences in points',
      caption: 'Right of the line the first side is better. An interval that holds 0 shows nothing.',
      x: { label: 'points' },
      reference: 0,
      rows: comparisons.map(({ id, mean, low, high }) => ({
        label: named.get(id) ?? id,
        mean: 100 * mean,
        low: 100 * low,
        high: 100 * high,
      })),
    },
    { type: 'table', columns, rows },
    ...list(missing),
  ];
  return { title, blocks };
}

function labelOf({ left, right, round }: Comparison): string {
  const side = ({ arm, composition }: Comparison['left']): string =>
    arm === GOLD_ONLY || composition === 'synthetic-only' ? arm : `gold + ${arm}`;
  const which = round === 'last' ? 'last round' : 'returned round';
  return `${side(left)} − ${side(right)} (${which})`;
}
