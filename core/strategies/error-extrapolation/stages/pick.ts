/** Stage `<arm>/pick-q`: the rows to imitate. Main picks errors; its matched arms pick as many rows without looking. */
import type { Json } from '../../../json';
import { seedFor } from '../../../random';
import type { TransformContext, TransformResult, TransformStage } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import { hashedVector } from '../hashed-words';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import { writtenText } from '../prompt-task';
import type { GoldRow, Pick } from '../records';
import { selectErrors } from '../select-errors';
import { selectRandom } from '../select-random';
import type { MatchedArm } from '../select-random';
import { findsErrors } from '../story';
import { readVectors } from './embed';
import { readErrors, readSummary } from './mined';
import { readAll } from './predicted';
import { countAccepted, roundsOf } from './round-rows';

type Context = TransformContext<ErrorExtrapolationParams>;
type Features = (ordinal: number) => readonly number[];

export function pickStage(place: Place): TransformStage<ErrorExtrapolationParams> {
  return {
    kind: 'transform',
    title: findsErrors(place.arm) ? 'Pick the errors to imitate' : 'Pick rows to imitate, as many as main',
    transform: (context) => pickRows(context, place),
  };
}

async function pickRows(context: Context, place: Place): Promise<TransformResult> {
  const mine = await readAll(context.read.collection<GoldRow>('prepare/mine'));
  const picks = findsErrors(place.arm)
    ? await pickErrors(context, place, mine)
    : await pickMatched(context, place, mine);
  for (const pick of picks) await context.write('picks', pick as unknown as Json);
  const rows = picks.reduce((sum, { draws }) => sum + sumOf(Object.values(draws)), 0);
  const clusters = new Set(picks.map(({ cluster }) => cluster).filter((cluster) => cluster !== undefined))
    .size;
  return { facts: { picks: picks.length, rows, ...(clusters === 0 ? {} : { clusters }) } };
}

async function pickErrors(context: Context, place: Place, mine: readonly GoldRow[]): Promise<Pick[]> {
  const params = paramsOfArm(context.params, place.arm);
  const round = place.round ?? 1;
  const errors = await readErrors(context.read, place, round - 1);
  const summary = await readSummary(context.read, place, round - 1);
  const usable = errors.filter(({ suspected }) => !suspected).map(({ ordinal }) => ordinal);
  return selectErrors({
    params,
    errors,
    mineLabels: mine.map(({ label }) => label),
    predictedShares: summary?.predictedShares ?? [],
    seed: seedOf(context, place),
    round,
    features: await featuresOf(context, place, mine, usable),
  });
}

async function pickMatched(context: Context, place: Place, mine: readonly GoldRow[]): Promise<Pick[]> {
  const { params, read } = context;
  const round = place.round ?? 1;
  const main = { replicate: place.replicate, arm: 'main' };
  const mainPick = stageAt(main, 'pick', round);
  const arm = place.arm as MatchedArm;
  const picked = Number((await read.stage(mainPick))?.facts['picks'] ?? 0);
  return selectRandom({
    params,
    arm,
    mine: mine.map(({ id, label }, ordinal) => ({ id, ordinal, ...(label === undefined ? {} : { label }) })),
    picks: picked === 0 ? [] : await readAll(read.collection<Pick>(`${mainPick}/picks`)),
    rows: arm === 'goldgen-pure' ? await rowsFor(context, place) : 0,
    seed: seedOf(context, place),
    round,
    features: hashedFeatures(params, mine),
  });
}

/** Rows to ask for, so that about as many are accepted as main has; what is more is left out when students are trained. */
async function rowsFor({ read, params }: Context, { replicate }: Place): Promise<number> {
  const main = { replicate, arm: 'main' };
  const { last } = await roundsOf(read, main, params.roundsMax);
  const { seed, extra } = await countAccepted(read, main, last);
  let planned = 0;
  for (let q = 0; q <= last; q += 1) {
    const writing = q === 0 ? stageAt(main, 'seed') : stageAt(main, 'extrapolate', q);
    planned += (await read.stage(writing))?.counts.planned ?? 0;
  }
  const size = seed + extra;
  return size === 0 ? 0 : Math.max(size, planned);
}

/** An embedder's vectors where every error has one; else hashed words, for all. */
async function featuresOf(
  { read, params }: Context,
  place: Place,
  mine: readonly GoldRow[],
  ordinals: readonly number[],
): Promise<Features> {
  const vectors = await readVectors(read, place, place.round ?? 1);
  if (ordinals.length > 0 && ordinals.every((ordinal) => vectors.has(ordinal)))
    return (ordinal) => vectors.get(ordinal) ?? [];
  return hashedFeatures(params, mine);
}

function hashedFeatures({ task }: ErrorExtrapolationParams, mine: readonly GoldRow[]): Features {
  return (ordinal) => hashedVector(writtenText(task.kind, mine[ordinal]!));
}

/** Replicates draw apart; the first one is the job's own. */
function seedOf({ seed }: Context, { replicate }: Place): number {
  return replicate === 1 ? seed : seedFor(seed, 'replicate', replicate);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
