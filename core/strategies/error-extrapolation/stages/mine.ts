/** Stage `<arm>/mine-q`: what the round's students get wrong, whether gold is to blame, and whether rounds go on. */
import type { Json } from '../../../json';
import type { EvaluateStage, PlannedRow, TransformContext, TransformResult } from '../../../strategy';
import type { Evaluation, Prediction } from '../../../students/student';
import { paramsOfArm } from '../arm-params';
import { churn } from '../churn';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { Composition, GoldRow, MinedError } from '../records';
import { bestRound, shouldStop } from '../rounds';
import { settingsOf } from '../settings';
import { findsErrors } from '../story';
import { findErrors } from './find-errors';
import type { GoldFacts } from './gold-facts';
import { goldFactsOf } from './gold-facts';
import { readErrors } from './mined';
import type { MineSummary } from './mined';
import { evaluationKey, metricOf, readAll, readPredictions, saidBy, scoreOf } from './predicted';
import type { Metric } from './predicted';
import { acceptedRows } from './round-rows';
import { intervalOf, meanOf } from './score-students';
import { guardNoise } from './suspected';
import { loopCompositions } from './trainings';

type Params = ErrorExtrapolationParams;
type Split = 'mine' | 'select';

export function mineStage(place: Place): EvaluateStage<Params> {
  return {
    kind: 'evaluate',
    title: `Find what the students of round ${place.round ?? 0} get wrong`,
    ...(place.arm === 'main' ? {} : { required: false }),
    plan: (context) => planEvaluations(context, place),
    conclude: (context) => concludeMining(context, place),
  };
}

/** Rows are read off mine where no others are kept for it. */
function scoringSplit(params: Params, gold: GoldFacts): Split {
  return params.selectOn === 'mine' || gold.select === 0 ? 'mine' : 'select';
}

/** The composition that ships gives the score; the one without gold finds the errors. */
function scoringComposition(params: Params): Composition {
  return loopCompositions(params).at(-1)!;
}

async function* planEvaluations(
  { read, params: given }: Pick<TransformContext<Params>, 'read' | 'params'>,
  place: Place,
): AsyncIterable<PlannedRow<Evaluation>> {
  if (!findsErrors(place.arm)) return;
  const params = paramsOfArm(given, place.arm);
  const round = place.round ?? 0;
  const trained = await trainedKeys(read, stageAt(place, 'train', round));
  const scoring = `${scoringComposition(params)}/${scoringSplit(params, await goldFactsOf(read))}`;
  for (const lookedAt of new Set(['synthetic-only/mine', scoring])) {
    const [composition, split] = lookedAt.split('/') as [Composition, Split];
    for (const seed of params.studentSeeds) {
      const key = `${composition}/${seed}`;
      if (!trained.has(key)) continue; // nothing to learn from, or an arm beside main whose training failed
      const training = { stage: stageAt(place, 'train', round), key };
      yield { key: evaluationKey(key, split), sources: {}, data: { training, items: `prepare/${split}` } };
    }
  }
}

async function trainedKeys(read: TransformContext<Params>['read'], stage: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { row, state } of read.outcomes(stage)) if (state === 'accepted') keys.add(row.key);
  return keys;
}

async function concludeMining(context: TransformContext<Params>, place: Place): Promise<TransformResult> {
  if (!findsErrors(place.arm)) return { facts: {} };
  const { read } = context;
  const params = paramsOfArm(context.params, place.arm);
  const gold = await goldFactsOf(read);
  const mine = await readAll(read.collection<GoldRow>('prepare/mine'));
  const predictions = await predictionsOf(context, place, params, 'synthetic-only', 'mine', mine);
  if (predictions.length === 0) return { facts: { done: true } };
  const labels = params.task.labels.map(({ id }) => id);
  const found = findErrors(mine, predictions, { labels, qaErrorF1Max: params.qaErrorF1Max });
  const errors = await guardNoise({ read, params, place, mine, predictions }, found.errors);
  for (const error of errors) await context.write('errors', error as unknown as Json);
  const scored = await scoreRound(context, place, params, gold);
  const summary: MineSummary = {
    round: place.round ?? 0,
    errorsByLabel: countByLabel(labels, errors),
    predictedShares: found.predictedShares,
    rowsByLabel: await rowsByLabel(context, place, labels),
    scores: scored.scores,
  };
  await context.write('summary', summary as unknown as Json);
  return { facts: await factsOf(context, place, params, { gold, errors, found: summary, scored }) };
}

interface Scored {
  readonly metric: Metric;
  readonly split: Split;
  readonly rows: number;
  readonly scores: readonly number[];
  readonly score: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
}

async function scoreRound(
  context: TransformContext<Params>,
  place: Place,
  params: Params,
  gold: GoldFacts,
): Promise<Scored> {
  const split = scoringSplit(params, gold);
  const rows = await readAll(context.read.collection<GoldRow>(`prepare/${split}`));
  const labels = params.task.labels.map(({ id }) => id);
  const composition = scoringComposition(params);
  const said = (await predictionsOf(context, place, params, composition, split, rows)).map((of) =>
    of.map((one) => saidBy(one, labels)),
  );
  const metric = metricOf(context.params, gold);
  const scores = said.map((one) => scoreOf(metric, rows, one));
  const purpose = stageAt(place, 'mine', place.round ?? 0);
  const { low, high, standardError } = intervalOf(metric, rows, said, context.seed, purpose);
  return { split, metric, rows: rows.length, scores, score: meanOf(scores), low, high, standardError };
}

/** Of every seed that was trained. */
async function predictionsOf(
  { read }: TransformContext<Params>,
  place: Place,
  { studentSeeds }: Params,
  composition: Composition,
  split: Split,
  rows: readonly GoldRow[],
): Promise<Prediction[][]> {
  const stage = stageAt(place, 'mine', place.round ?? 0);
  const predicted = await trainedKeys(read, stage);
  const all: Prediction[][] = [];
  for (const seed of studentSeeds) {
    const key = evaluationKey(`${composition}/${seed}`, split);
    if (predicted.has(key)) all.push(await readPredictions(read, stage, key, rows));
  }
  return all;
}

interface Mined {
  readonly gold: GoldFacts;
  readonly errors: readonly MinedError[];
  readonly found: MineSummary;
  readonly scored: Scored;
}

async function factsOf(
  { read }: TransformContext<Params>,
  place: Place,
  params: Params,
  { gold, errors, found, scored }: Mined,
): Promise<Record<string, Json>> {
  const round = place.round ?? 0;
  const earlier = await earlierRounds(read, place, round);
  const scores = [...earlier.map(({ score }) => score), scored.score];
  const before = round === 0 ? [] : await readErrors(read, place, round - 1);
  const change = churn(idsOf(before), idsOf(errors));
  const suspected = errors.filter((error) => error.suspected).length;
  const { errorsMin } = settingsOf(params, { mineRows: gold.mine });
  const usable = errors.length - suspected;
  // A share of rows has its own standard error; of other scores the earlier one's is known from resampling.
  const isShare = scored.metric === 'accuracy' || scored.metric === 'em';
  const standardError = isShare ? undefined : earlier.at(-1)?.standardError;
  const gain = params.stopGainPoints === null ? null : params.stopGainPoints / 100;
  const stopped = shouldStop(scores, scored.rows, gain, standardError);
  const reason = round >= params.roundsMax ? 'rounds' : usable < errorsMin ? 'errors' : stopped ? 'gain' : '';
  return {
    score: scored.score,
    low: scored.low,
    high: scored.high,
    standardError: scored.standardError,
    metric: scored.metric,
    errors: errors.length,
    suspected,
    ...(round === 0 ? {} : { ...change }),
    done: reason !== '',
    ...(reason === '' ? {} : { stoppedBy: reason }),
    best: params.returnRound === 'best' ? bestRound(scores) : round,
    // After the first round students have seen what was written from these very rows.
    optimistic: scored.split === 'mine',
    ...(found.predictedShares.some((share) => share === 1)
      ? { warning: 'the students predict one label' }
      : {}),
  };
}

interface EarlierRound {
  readonly score: number;
  readonly standardError: number;
}

async function earlierRounds(
  read: TransformContext<Params>['read'],
  place: Place,
  round: number,
): Promise<EarlierRound[]> {
  const rounds: EarlierRound[] = [];
  for (let q = 0; q < round; q += 1) {
    const facts = (await read.stage(stageAt(place, 'mine', q)))?.facts ?? {};
    rounds.push({ score: Number(facts['score'] ?? 0), standardError: Number(facts['standardError'] ?? 0) });
  }
  return rounds;
}

function idsOf(errors: readonly MinedError[]): Set<string> {
  return new Set(errors.map(({ id }) => id));
}

function countByLabel(labels: readonly string[], rows: readonly { readonly label?: string }[]): number[] {
  return labels.map((label) => rows.filter((row) => row.label === label).length);
}

async function rowsByLabel(
  { read }: TransformContext<Params>,
  place: Place,
  labels: readonly string[],
): Promise<number[]> {
  const counts = labels.map(() => 0);
  for await (const { label } of acceptedRows(read, place, place.round ?? 0)) {
    const at = labels.indexOf(label ?? '');
    if (at >= 0) counts[at]! += 1;
  }
  return counts;
}
