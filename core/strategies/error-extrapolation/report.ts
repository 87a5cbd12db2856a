/** The strategy's own part of report and card: what may be claimed, and the rounds, arms and comparisons behind it. */
import type { Section, SectionBlock } from '../../report';
import type { PublishContext, Reader } from '../../strategy';
import { claimOf } from './claims';
import type { ErrorExtrapolationParams } from './params';
import { stageAt } from './place';
import { countAccepted, roundsOf } from './stages/round-rows';
import type { Compared } from './stages/compare-arms';
import type { StudentScore } from './stages/score-students';
import { readAll } from './stages/predicted';

type Context = PublishContext<ErrorExtrapolationParams>;
type Facts = Readonly<Record<string, unknown>>;

const MAIN = { replicate: 1, arm: 'main' } as const;

export async function reportErrorExtrapolation(context: Context): Promise<readonly Section[]> {
  const tested = (await context.read.stage('test'))?.facts ?? {};
  const comparisons = (tested['comparisons'] ?? []) as readonly Compared[];
  return [
    claimsSection(context, comparisons),
    await roundsSection(context),
    await armsSection(context.read, tested),
    comparisonsSection(comparisons),
  ];
}

function claimsSection({ params }: Context, comparisons: readonly Compared[]): Section {
  const { replicates, studentSeeds } = params;
  const claims = claimOf(comparisons, { seeds: studentSeeds.length, matched: true, replicates, tasks: 1 });
  const blocks = claims.map(({ sentence }): SectionBlock => ({ type: 'text', text: sentence }));
  return { title: 'What was shown', blocks };
}

async function roundsSection({ read, params }: Context): Promise<Section> {
  const { last, chosen } = await roundsOf(read, MAIN, params.roundsMax);
  const rows: (string | number)[][] = [];
  let optimistic = false;
  for (let q = 0; q <= last; q += 1) {
    const mined = (await read.stage(stageAt(MAIN, 'mine', q)))?.facts ?? {};
    const gate = (await read.stage(stageAt(MAIN, 'gate', q)))?.facts ?? {};
    const { seed, extra } = await countAccepted(read, MAIN, q);
    optimistic ||= mined['optimistic'] === true;
    const churn = q === 0 ? ['', '', ''] : ['fixed', 'persisting', 'broken'].map((name) => cell(mined, name));
    rows.push([
      q === chosen ? `${q} (returned)` : q,
      seed + extra,
      `${percent(mined['score'])} (${percent(mined['low'])} to ${percent(mined['high'])})`,
      cell(mined, 'errors'),
      cell(mined, 'suspected'),
      ...churn,
      typeof gate['artefactGap'] === 'number' ? `${percent(gate['artefactGap'])}: ${cell(gate, 'feature')}` : '',
    ]);
  }
  const columns = [
    'round',
    'rows',
    'score, % (95 % CI)',
    'errors',
    'suspected gold noise',
    'fixed',
    'persisting',
    'broken',
    'artefact gap, points',
  ];
  const warning: SectionBlock[] = optimistic
    ? [{ type: 'text', text: 'Scores after round 0 are optimistic: they were read off the rows whose errors were imitated.' }]
    : [];
  return { title: 'Rounds', blocks: [...warning, { type: 'table', columns, rows }] };
}

async function armsSection(read: Reader, tested: Facts): Promise<Section> {
  const title = 'Arms on the test rows';
  if (Number(tested['students'] ?? 0) === 0)
    return { title, blocks: [{ type: 'text', text: 'No student was tested: there are no test rows.' }] };
  const scores = await readAll(read.collection<StudentScore>('test/scores'));
  const columns = ['arm', 'synthetic rows', `${cell(tested, 'metric')}, %`, 'SD over seeds', '95 % CI over rows'];
  const rows = scores.map(({ name, rows: count, mean, deviation, low, high }) => [
    name,
    count,
    percent(mean),
    percent(deviation),
    `${percent(low)} to ${percent(high)}`,
  ]);
  return { title, blocks: [{ type: 'table', columns, rows }] };
}

function comparisonsSection(comparisons: readonly Compared[]): Section {
  const columns = ['comparison', 'points', '95 % CI', 'p (Holm)', 'seeds', 'replicates', 'matched'];
  const rows = comparisons.map(({ id, mean, low, high, pHolm, seeds, replicates, matched }) => [
    id,
    percent(mean),
    `${percent(low)} to ${percent(high)}`,
    pHolm.toFixed(3),
    seeds,
    replicates,
    matched ? 'yes' : 'no',
  ]);
  return { title: 'Comparisons', blocks: [{ type: 'table', columns, rows }] };
}

function cell(facts: Facts, name: string): string | number {
  const value = facts[name];
  return typeof value === 'number' || typeof value === 'string' ? value : '';
}

function percent(share: unknown): string {
  return typeof share === 'number' ? (100 * share).toFixed(1) : '';
}
