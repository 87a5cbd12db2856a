/** What a job will take, from its inputs' sizes; see `estimate-calls.ts` for the sum and `estimate-means.ts` for what it hangs on. */
import type { InputSize, Measurements, Pilot, Range, StageEstimate } from '../../strategy';
import { armPieces } from './estimate-arms';
import { countCalls, jobSizes, totalCalls } from './estimate-calls';
import type { JobSizes } from './estimate-calls';
import { mainPieces, preflightFirst } from './estimate-main';
import { RETRIES_HIGH, highMeans, lowMeans, priorMeans } from './estimate-means';
import type { Means } from './estimate-means';
import type { Piece } from './estimate-piece';
import { callTokens, measuredIn, tokensOfCalls } from './estimate-tokens';
import type { ErrorExtrapolationParams } from './params';
import { settingsOf } from './settings';

const SEED_PER_LABEL_MIN = 20;
/** 4,400.000000000001 calls are 4,400. */
const ROUNDING = 1e-6;

/** A job without arms: at least, as expected, and at most. */
export function callRange(
  params: ErrorExtrapolationParams,
  inputs: Readonly<Record<string, InputSize>>,
): Range & { readonly expected: number } {
  const sizes = jobSizes(params, inputs);
  const total = (means: Means): number => totalCalls(countCalls(params, sizes, means), params.replicates);
  const expected = Math.round(total(priorMeans(params)));
  return {
    // That every row reaches the judge is cheap only where it also saves rows.
    low: Math.min(expected, Math.ceil(total(lowMeans(params)) - ROUNDING)),
    expected,
    high: withRetries(total(highMeans(params))),
  };
}

function withRetries(calls: number): number {
  return Math.ceil(calls * (1 + RETRIES_HIGH) - ROUNDING);
}

export function estimateErrorExtrapolation(
  params: ErrorExtrapolationParams,
  inputs: Readonly<Record<string, InputSize>>,
  measured: Measurements = {},
): readonly StageEstimate[] {
  if ((inputs['gold']?.items ?? 0) === 0) return [];
  const sizes = jobSizes(params, inputs);
  const low = countCalls(params, sizes, lowMeans(params));
  const high = countCalls(params, sizes, highMeans(params));
  const pieces: Piece[] = [];
  for (let replicate = 1; replicate <= params.replicates; replicate += 1) {
    pieces.push(...mainPieces(params, replicate, low, high));
    pieces.push(...armPieces(params, sizes, replicate, low, high));
  }
  const all = [...preflightFirst(params, sizes, pieces, low, high), ...teacherPieces(params, sizes)];
  const tokens = callTokens(params, inputs['gold']);
  return all
    .filter(({ calls }) => calls.high > 0)
    .map(({ stage, role, prompt, rows, calls: bare, step }) => {
      const calls = { low: Math.floor(bare.low + ROUNDING), high: withRetries(bare.high) };
      const known = step === undefined ? undefined : measuredIn(measured, step);
      // Imitations are as long as what they imitate, and a pilot has none.
      const alike = known ?? (step === 'extrapolate' ? measuredIn(measured, 'seed') : undefined);
      const sample = { input: known?.inputTokensPerCall, output: alike?.outputTokensPerCall };
      return {
        stage,
        role,
        rows: { low: Math.floor(rows.low + ROUNDING), high: Math.ceil(rows.high - ROUNDING) },
        calls,
        ...tokensOfCalls(calls, tokens[prompt], sample),
      };
    });
}

/** The model as the student's rival: one call a test row and arm. */
function teacherPieces({ arms }: ErrorExtrapolationParams, { test }: JobSizes): Piece[] {
  const calls = test * arms.filter((arm) => arm.startsWith('teacher-')).length;
  const range = { low: calls, high: calls };
  return [{ stage: 'test-teacher', role: 'generator', prompt: 'judge', rows: range, calls: range }];
}

/**
 * The same job without rounds and arms and with few seed rows: its calls are the whole job's first ones. What imitations
 * take is seen in the preflight's previews.
 */
export function pilotErrorExtrapolation(
  params: ErrorExtrapolationParams,
  rows: number,
): Pilot<ErrorExtrapolationParams> {
  const labels = settingsOf(params).seedRows.length;
  const seedPerLabel = Math.max(SEED_PER_LABEL_MIN, Math.ceil(rows / labels));
  return {
    params: {
      ...params,
      arms: [],
      roundsMax: 0,
      replicates: 1,
      topUpWavesMax: 0,
      studentSeeds: params.studentSeeds.slice(0, 1),
      seedPerLabel: Math.min(params.seedPerLabel, seedPerLabel),
    },
    items: {},
  };
}
