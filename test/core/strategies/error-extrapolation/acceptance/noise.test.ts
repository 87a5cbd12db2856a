/** If these fail, wrong labels in gold are imitated until the data is worse than none. */
import { expectNoise, GAP_AND_NOISE_MIN, runGapAndNoise, runNoise, targetingOf } from './toy-bounds';
import { LONG_MS } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const SEED = 1;

test(
  'without the guard errors are noise and harm; with it they are found, and do not',
  async () => expectNoise(await runNoise(SEED)),
  LONG_MS,
);

test(
  'behind noise a gap is closed all the same',
  async () => expect(targetingOf(await runGapAndNoise(SEED))).toBeGreaterThan(GAP_AND_NOISE_MIN),
  LONG_MS,
);
