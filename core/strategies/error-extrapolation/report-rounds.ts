/** What each round of main brought: its score, its errors, and what the new rows cost. */
import type { Section, SectionBlock } from '../../report';
import type { PublishContext } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import { perPoint } from './report-cost';
import type { RoundReport, RoundsReport } from './report-read-rounds';
import { MAIN } from './report-read-rounds';
import { churnChart, scoreChart } from './report-round-charts';
import { countOf, decimal, interval, list, numberOf, percent, text, usd } from './report-words';
import { countAccepted } from './stages/round-rows';

type Context = PublishContext<ErrorExtrapolationParams>;

const STOPPED_BY: Readonly<Record<string, string>> = {
  rounds: 'as many were made as the job allows (roundsMax)',
  errors: 'too few errors were left to imitate (errorsMin)',
  gain: 'two rounds in a row brought too little (stopGainPoints)',
};
const OPTIMISTIC =
  'Scores marked * are optimistic: they were read off mine, the rows whose errors were imitated' +
  ' (selectOn mine, or no rows set apart as select).';
const CHOSEN =
  'The returned round was chosen by these scores, which makes its own a little too good: the test rows say more.';
const MINE_OPTIMISTIC =
  'Errors on mine after round 0 are optimistic too: imitations of these very rows are in the training by then.';

export async function roundsSection(context: Context, report: RoundsReport): Promise<Section> {
  const title = 'Rounds';
  const { rounds, last, chosen } = report;
  const { params } = context;
  if (last < 0) return { title, blocks: [text(`No round was finished: ${await whyNone(context)}.`)] };
  const stoppedBy = STOPPED_BY[String(rounds[last]?.mined['stoppedBy'])];
  const ended =
    stoppedBy === undefined ? 'a person ended them, or a student could not be trained' : stoppedBy;
  const metric = metricName(rounds);
  const sentences = [
    `Rounds ended after round ${last}: ${ended}. The dataset holds rounds 0 to ${chosen}` +
      (chosen === last ? '.' : `; round ${last} scored no better.`),
    ...(rounds.some(({ optimistic }) => optimistic) ? [OPTIMISTIC] : []),
    ...(last > 0 && params.returnRound === 'best' ? [CHOSEN] : []),
    ...(last > 0 ? [MINE_OPTIMISTIC] : []),
    ...rounds.flatMap(({ round, mined }) =>
      typeof mined['warning'] === 'string' ? [`Round ${round}: ${mined['warning']}.`] : [],
    ),
  ];
  const blocks: SectionBlock[] = [
    ...list(sentences),
    { type: 'table', columns: columnsOf(metric), rows: rounds.map((round) => rowOf(round, report)) },
    scoreChart(rounds, metric, Number((await context.read.stage('prepare'))?.facts['mine'] ?? 0)),
    ...(last > 0 ? [churnChart(rounds)] : []),
  ];
  return { title, blocks };
}

function columnsOf(metric: string): string[] {
  return [
    'round',
    'seed rows',
    'extrapolated rows',
    `${metric}, %`,
    '95 % CI',
    'gain, points',
    'errors on mine',
    'suspected gold noise',
    'fixed',
    'persisting',
    'new',
    'calls',
    'cost',
    'per point',
  ];
}

function rowOf(report: RoundReport, { rounds, chosen }: RoundsReport): (string | number)[] {
  const { round, rows, mined, cost } = report;
  const score = numberOf(mined['score']);
  const before = numberOf(rounds[round - 1]?.mined['score']);
  const gain = score === undefined || before === undefined ? undefined : 100 * (score - before);
  return [
    round === chosen ? `${round} (returned)` : String(round),
    rows.seed,
    rows.extra,
    `${percent(score)}${report.optimistic ? ' *' : ''}`,
    interval(mined['low'], mined['high']),
    decimal(gain),
    countOf(mined['errors']),
    countOf(mined['suspected']),
    ...['fixed', 'persisting', 'broken'].map((name) => countOf(mined[name])),
    cost.calls,
    usd(cost.usd),
    perPoint(cost, gain),
  ];
}

/** With the rows that it was read off. */
function metricName(rounds: readonly RoundReport[]): string {
  const { metric, optimistic } = rounds[0]?.mined ?? {};
  return `${typeof metric === 'string' ? metric : 'score'} on ${optimistic === true ? 'mine' : 'select'}`;
}

async function whyNone({ read }: Context): Promise<string> {
  const seed = (await read.stage(stageAt(MAIN, 'seed')))?.counts;
  if (seed === undefined || seed.planned === 0) return 'no seed row was planned';
  const { seed: accepted } = await countAccepted(read, MAIN, 0);
  return accepted === 0
    ? `none of ${seed.planned} planned seed rows came through the filters and the gate`
    : `no student was trained and looked at on the ${accepted} seed rows`;
}
