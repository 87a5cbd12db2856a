/** If these fail, a job with too few rows goes on without asking, or does not do what it was told. */
import { textToy } from '../../../../support/toys/text-toy';
import { expectHonest } from './expect-honest';
import { runStory } from './run-story';
import type { StoryResult } from './run-story';
import { toyJob } from './toy-job';
import type { ToyJob } from './toy-job';
import { acceptedBy, judgeOf, LONG_MS } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const toy = textToy({ seed: 1, rows: 400, labels: 2 });
const SEED_ROWS = 80;

/** A model that has nothing to say, so many times of ten. */
const silent =
  (to: (prompt: string, label: string) => boolean, ofTen = 7): NonNullable<ToyJob['after']> =>
  (text, label, random, prompt) =>
    to(prompt, label) && random.integer(10) < ofTen ? ' ' : text;

const isImitation = (prompt: string): boolean => prompt.includes('Keep what makes it hard');

const runSilent = (
  after: NonNullable<ToyJob['after']>,
  job: Pick<ToyJob, 'choices' | 'params'> = {},
): Promise<StoryResult> =>
  runStory(
    toyJob(toy, {
      judge: judgeOf(toy),
      after,
      ...job,
      params: { seedPerLabel: 40, roundsMax: 1, arms: [], preflight: 'warn', ...job.params },
    }),
  );

describe('a label that the model can hardly write', () => {
  const isNorth = (prompt: string, label: string): boolean => !isImitation(prompt) && label === 'north';
  const after = silent(isNorth);

  test(
    'asks a person, who may go on with what there is',
    async () => {
      const { run, blocked } = await runSilent(after);
      expect(blocked).toMatchObject({ stage: 'main/gate-0', code: 'shortfall' });
      expect(run.stages['main/gate-0']!.block!.message).toMatch(/"north" \d+ of 40/u);
      const accepted = await runSilent(after, { choices: { shortfall: 'accept' } });
      expect(accepted.blocked).toBeUndefined();
      expectHonest(accepted.run);
      expect(acceptedBy(accepted.run, 'main/gate-0').length).toBeLessThan(SEED_ROWS);
    },
    LONG_MS,
  );

  test(
    'is asked for again first, as often as the job allows',
    async () => {
      const { run, blocked } = await runSilent(silent(isNorth, 4), { params: { topUpWavesMax: 2 } });
      expect(blocked).toBeUndefined();
      expectHonest(run);
      expect(run.stages['main/seed']!.plans.length).toBeGreaterThan(1);
    },
    LONG_MS,
  );

  test(
    'is told before the seed is paid for, where no preview can be read',
    async () => {
      const { blocked } = await runSilent(after, { params: { preflight: 'block' } });
      expect(blocked).toMatchObject({ stage: 'preflight', code: 'preflight' });
      const accepted = await runSilent(after, {
        params: { preflight: 'block' },
        choices: { preflight: 'accept', shortfall: 'accept' },
      });
      expect(accepted.blocked).toBeUndefined();
    },
    LONG_MS,
  );
});

describe('a round with too few imitations', () => {
  const after = silent(isImitation);

  test.each([
    [undefined, { gate: false, trained: false }],
    ['accept', { gate: true, trained: true }],
    ['discard-round', { gate: false, trained: true }],
    ['publish', { gate: false, trained: false }],
  ])(
    'choice %s',
    async (choice, { gate, trained }) => {
      const job = choice === undefined ? {} : { choices: { shortfall: choice } };
      const { run, blocked } = await runSilent(after, job);
      expect(run.began.includes('main/gate-1')).toBe(gate);
      expect(run.began.includes('main/train-1')).toBe(trained);
      if (choice === undefined)
        expect(blocked).toMatchObject({ stage: 'main/extrapolate-1', code: 'shortfall' });
      else {
        expect(blocked).toBeUndefined();
        expectHonest(run);
        expect(run.stages['assemble']!.rows.length).toBeGreaterThanOrEqual(SEED_ROWS);
      }
    },
    LONG_MS,
  );
});
