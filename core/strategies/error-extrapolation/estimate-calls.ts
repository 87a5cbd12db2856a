/**
 * How many calls a job makes: labels·⌈reasons/10⌉ + S + D + R·E·V + (S + R·E·V)·s·j + Z, a replicate and stage at a time,
 * and what the arms add.
 */
import type { InputSize } from '../../strategy';
import type { Means } from './estimate-means';
import type { ErrorExtrapolationParams } from './params';
import type { Settings } from './settings';
import { REASONS_PER_CALL } from './reasons-call';
import { settingsOf } from './settings';

/** Mine rows that the model labels itself before anything is written. */
export const ZERO_SHOT_ROWS_MAX = 200;
/** Rows of each prompt and label that are written to be looked at. */
export const PREVIEWS_PER_PROMPT = 10;
/** The paper's loop, in the arm `faithful`. */
export const PAPER_ROUNDS = 2;

/** What the inputs' sizes say. */
export interface JobSizes {
  readonly settings: Settings;
  /** In question answering all rows are as of one label. */
  readonly labels: number;
  readonly mine: number;
  readonly test: number;
}

export interface RoundCounts {
  /** New rows asked for. */
  readonly written: number;
  readonly described: number;
}
/** Calls of one replicate of the main arm, and of the preflight, which a job has once. */
export interface CallCounts {
  readonly reasons: number;
  readonly seed: number;
  readonly round: RoundCounts;
  readonly rounds: number;
  /** Votes on the seed, and on one round. */
  readonly seedVotes: number;
  readonly roundVotes: number;
  readonly preflight: number;
}

export function jobSizes(
  params: ErrorExtrapolationParams,
  inputs: Readonly<Record<string, InputSize>>,
): JobSizes {
  const gold = inputs['gold']?.items ?? 0;
  const testFile = inputs['test']?.items ?? 0;
  const settings = settingsOf(params, { testFile: testFile > 0 });
  const { split } = settings;
  return {
    settings,
    labels: Math.max(1, params.task.labels.length),
    mine: Math.round(gold * split.mine),
    test: testFile > 0 ? testFile : Math.round(gold * split.test),
  };
}

export function countCalls(params: ErrorExtrapolationParams, sizes: JobSizes, means: Means): CallCounts {
  const { settings, labels, mine } = sizes;
  const rows = settings.seedRowsTotal;
  const seed = params.topUpWavesMax === 0 ? rows : Math.ceil(rows / means.accepted);
  const errorsFound = Math.ceil(means.errors * mine);
  const errors = Math.min(params.errorsPerRoundMax ?? Infinity, errorsFound);
  const written = errors * settings.variantsTotal;
  const clusters =
    params.errorSelection === 'clustered' ? labels * clustersOf(params, errorsFound / labels) : 0;
  const votes = means.judged * means.votes;
  return {
    reasons: params.task.labels.length * Math.ceil(settings.reasonsPerLabel / REASONS_PER_CALL),
    seed,
    rounds: params.roundsMax,
    round: { written, described: clusters },
    seedVotes: seed * votes,
    roundVotes: written * votes,
    preflight: Math.min(ZERO_SHOT_ROWS_MAX, mine) + previews(sizes),
  };
}

/** Rows written to be looked at, without those of the seed: they are its first rows. */
export function previews({ labels, settings }: JobSizes): number {
  return PREVIEWS_PER_PROMPT * labels * Object.keys(settings.variants).length;
}

/** Calls of a job without arms. */
export function totalCalls(counts: CallCounts, replicates: number): number {
  const { reasons, seed, round, rounds, seedVotes, roundVotes, preflight } = counts;
  const loop = reasons + seed + seedVotes + rounds * (round.written + round.described + roundVotes);
  return preflight + replicates * loop;
}

/** Clusters of one label with so many errors. */
function clustersOf({ clustersMax }: ErrorExtrapolationParams, errors: number): number {
  return errors === 0 ? 0 : Math.min(clustersMax, Math.max(1, Math.floor(Math.sqrt(errors / 2))));
}
