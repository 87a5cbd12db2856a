/** The jobs that the strategy must win, draw or lose on toys, and the bounds within which it does. */
import { pairToy } from '../../../../support/toys/pair-toy';
import { qaToy } from '../../../../support/toys/qa-toy';
import { textToy } from '../../../../support/toys/text-toy';
import type { TextToy } from '../../../../support/toys/text-toy';
import type { StoryRun } from './story-run';
import { toyJob } from './toy-job';
import { comparisonOf, errorsOf, paidBy, runText, runToy, scoreOf } from './toy-run';

const NOISE = 0.15;
const TARGETING = 'main-goldgen-mix';

export const runGap = (seed: number): Promise<StoryRun> =>
  runText(textToy({ seed }), {
    seed,
    params: { noiseGuard: 'off', arms: ['goldgen-mix', 'gold-only'] },
  });

export function expectGap(run: StoryRun): void {
  expectWithin(scoreOf(run, 0), [0.66, 0.78]);
  const targeting = comparisonOf(run, TARGETING);
  expectWithin(targeting.mean, [0.05, 0.15]);
  expect(targeting.low).toBeGreaterThan(0.02);
  expect(comparisonOf(run, 'main-gold-only').mean).toBeGreaterThan(0);
  expectWithin(comparisonOf(run, 'gold-main-goldgen-mix').mean, [-0.02, 0.02]);
  expect(paidBy(run, () => true).size).toBeLessThanOrEqual(1_500);
}

export interface NoiseRuns {
  readonly toy: TextToy;
  readonly off: StoryRun;
  readonly on: StoryRun;
}

/** The seed is drawn like gold: all errors are wrong labels. */
export async function runNoise(seed: number): Promise<NoiseRuns> {
  const toy = textToy({ seed, noise: NOISE, seedCues: 'as-gold' });
  const off = await runText(toy, { seed, params: { noiseGuard: 'off', arms: ['goldgen-mix'] } });
  const on = await runText(toy, { seed, params: { arms: ['goldgen-mix'] } });
  return { toy, off, on };
}

export function expectNoise({ toy, off, on }: NoiseRuns): void {
  const harm = comparisonOf(off, TARGETING);
  expectWithin(harm.mean, [-0.13, -0.02]);
  expect(harm.high).toBeLessThan(0);
  expect(off.stages['assemble']!.facts['round']).toBe(0);
  expect(comparisonOf(on, TARGETING).mean).toBeGreaterThanOrEqual(harm.mean + 0.005);
  const { flagged, share } = flippedShare(toy, on);
  expect(flagged).toBeGreaterThan(0);
  expect(share).toBeGreaterThanOrEqual(0.85);
}

/** Of the rows that the first pass suspects, how many have a label that is wrong. */
export function flippedShare(toy: TextToy, run: StoryRun): { flagged: number; share: number } {
  const texts = new Map(toy.gold.map(({ id, text }) => [id, text]));
  const flagged = errorsOf(run, 0).filter(({ suspected }) => suspected);
  const flipped = flagged.filter(({ label, id }) => toy.trueLabel(texts.get(id)!) !== label);
  return { flagged: flagged.length, share: flipped.length / flagged.length };
}

/** A gap behind noise; the guard is on. */
export const runGapAndNoise = (seed: number): Promise<StoryRun> =>
  runText(textToy({ seed, noise: NOISE }), { seed, params: { arms: ['goldgen-mix'] } });

export const GAP_AND_NOISE_MIN = 0.01;
export const targetingOf = (run: StoryRun): number => comparisonOf(run, TARGETING).mean;

/** A gap, no noise, and a guard that should find none. */
export const runGuardedGap = (seed: number): Promise<StoryRun> =>
  runText(textToy({ seed }), { seed, params: { arms: [] } });

export function expectFewFlags(run: StoryRun): void {
  expect(flaggedShare(run, 0)).toBeLessThanOrEqual(0.02);
  expect(flaggedShare(run, 1)).toBeLessThanOrEqual(0.2);
}

export function flaggedShare(run: StoryRun, round: number): number {
  const errors = errorsOf(run, round);
  return errors.filter(({ suspected }) => suspected).length / errors.length;
}

/** 400 mine, 200 select, 200 test rows; 400 seed rows. */
export const runPairs = (seed: number, roundsMax: number): Promise<StoryRun> =>
  runToy(
    toyJob(pairToy({ seed, rows: 800 }), {
      seed,
      params: { seedPerLabel: 200, roundsMax },
      judge: () => 'entailed',
    }),
  );

export const runQuestions = (seed: number, roundsMax: number): Promise<StoryRun> =>
  runToy(
    toyJob(qaToy({ seed, rows: 800 }), {
      seed,
      params: { seedPerLabel: 400, metric: 'em', roundsMax },
      judge: () => '{"answer": "nobody"}',
    }),
  );

export const BEGINS = { pairs: [0.6, 0.8], questions: [0.4, 0.65] } as const;

export function expectLearned(run: StoryRun, begins: readonly [number, number]): void {
  expectWithin(scoreOf(run, 0), begins);
  expect(bestOf(run)).toBeGreaterThanOrEqual(0.9);
}

export function bestOf(run: StoryRun): number {
  const rounds = Object.keys(run.stages).filter((stage) => /^main\/mine-/u.test(stage));
  return Math.max(...rounds.map((_, round) => scoreOf(run, round)));
}

export const runFiveLabels = (seed: number): Promise<StoryRun> =>
  runText(textToy({ seed, labels: 5 }), {
    seed,
    params: { noiseGuard: 'off', arms: ['goldgen-mix'], seedPerLabel: 160 },
  });

function expectWithin(value: number, [low, high]: readonly [number, number]): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}
