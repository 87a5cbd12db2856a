import type { EvaluateStage, RowsStage, Stage } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { ARMS } from './params';
import type { Place } from './place';
import { placeOf } from './place';
import { assemble } from './stages/assemble';
import { describeStage } from './stages/describe';
import { embedStage } from './stages/embed';
import { extrapolateStage } from './stages/extrapolate';
import { gateStage } from './stages/gate';
import { mineStage } from './stages/mine';
import { pickStage } from './stages/pick';
import { preflight } from './stages/preflight';
import { prepare } from './stages/prepare';
import { reasonsStage } from './stages/reasons';
import { seedStage } from './stages/seed';
import { siftStage } from './stages/sift';
import { test } from './stages/test';
import { testTeacher } from './stages/test-teacher';
import { trainStage } from './stages/train';
import { trainFinal } from './stages/train-final';

type Params = ErrorExtrapolationParams;

/** Stages that a job has once, in the story's order; the rounds of the arms stand between the second and the third. */
export const ERROR_EXTRAPOLATION_STAGES: Readonly<Record<string, Stage<Params>>> = {
  prepare,
  preflight: plain(preflight),
  'train-final': trainFinal,
  test,
  'test-teacher': plain(testTeacher),
  assemble,
};

/** Steps of an arm's loop that have no round, and those that have one, with the first round they have. */
const STEPS: Readonly<Record<string, (place: Place) => Stage<Params>>> = {
  reasons: (place) => plain(reasonsStage(place)),
  seed: (place) => plain(seedStage(place)),
};
const ROUND_STEPS: Readonly<
  Record<string, readonly [first: number, stage: (place: Place) => Stage<Params>]>
> = {
  sift: [0, (place) => plain(siftStage(place))],
  gate: [0, gateStage],
  train: [0, trainStage],
  mine: [0, mineStage as (place: Place) => EvaluateStage<Params>],
  embed: [1, (place) => plain(embedStage(place))],
  pick: [1, pickStage],
  describe: [1, (place) => plain(describeStage(place))],
  extrapolate: [1, (place) => plain(extrapolateStage(place))],
};
const LOOPS: readonly string[] = ['main', ...ARMS];

/** `goldgen-mix/extrapolate-2`, `r2/main/seed` … */
export function stageNamed(name: string): Stage<Params> | undefined {
  const place = placeOf(name);
  if (place === undefined || !LOOPS.includes(place.arm)) return undefined;
  if (place.round === undefined) return STEPS[place.step]?.(place);
  const [first, stage] = ROUND_STEPS[place.step] ?? [];
  return first === undefined || place.round < first ? undefined : stage?.(place);
}

/** A row's data is a type of its own inside a stage, and JSON to the shell. */
function plain<Data>(stage: RowsStage<Params, Data>): Stage<Params> {
  return stage as unknown as Stage<Params>;
}
