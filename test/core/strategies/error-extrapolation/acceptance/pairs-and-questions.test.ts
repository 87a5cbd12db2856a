/** If these fail, imitations teach nothing where a row is more than one text. */
import { BEGINS, expectLearned, runPairs, runQuestions } from './toy-bounds';
import { LONG_MS } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const SEED = 1;
const ROUNDS_MAX = 4;

test('pairs', async () => expectLearned(await runPairs(SEED, ROUNDS_MAX), BEGINS.pairs), LONG_MS);

test('questions', async () => expectLearned(await runQuestions(SEED, ROUNDS_MAX), BEGINS.questions), LONG_MS);
