/** If these fail, what a job shows on one seed is luck: with others it wins, draws or loses where it should not. */
import {
  BEGINS,
  expectFewFlags,
  expectGap,
  expectLearned,
  expectNoise,
  GAP_AND_NOISE_MEAN_MIN,
  GAP_AND_NOISE_MIN,
  runFiveLabels,
  runGap,
  runGapAndNoise,
  runGuardedGap,
  runNoise,
  runPairs,
  runQuestions,
  targetingOf,
} from './toy-bounds';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const SEEDS = [1, 2, 3, 4, 5, 6];
const ROUNDS_MAX = 4;

describe.each(SEEDS)('job seed %i', (seed) => {
  test('a gap is closed', async () => expectGap(await runGap(seed)));
  test('noise is found', async () => expectNoise(await runNoise(seed)));
  test('a gap is not taken for noise', async () => expectFewFlags(await runGuardedGap(seed)));
  test('pairs are learned', async () => expectLearned(await runPairs(seed, ROUNDS_MAX), BEGINS.pairs));
  test('questions are learned', async () =>
    expectLearned(await runQuestions(seed, ROUNDS_MAX), BEGINS.questions));
  test('five labels', async () => expect(targetingOf(await runFiveLabels(seed))).toBeGreaterThan(0));
});

test('behind noise a gap is closed with each seed, and well on average', async () => {
  const gains: number[] = [];
  for (const seed of SEEDS) gains.push(targetingOf(await runGapAndNoise(seed)));
  for (const gain of gains) expect(gain).toBeGreaterThan(GAP_AND_NOISE_MIN);
  expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(GAP_AND_NOISE_MEAN_MIN);
});
