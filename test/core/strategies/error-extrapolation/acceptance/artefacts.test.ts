/** If these fail, students learn the looks of a model's answers instead of the task, or nobody is asked about it. */
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
/** Of 25 rows of each label, how many stand in quotes: 44 % and 96 %, as in the paper's data for RTE. */
const QUOTED: Readonly<Record<string, number>> = { north: 11, east: 24 };
const OF_ROWS = 25;
const TABLE_SCORE = 0.759;

/** Quotes by turns, around the answers of some prompts. */
function quoting(prompts: RegExp, quoted = QUOTED): NonNullable<ToyJob['after']> {
  const written = new Map<string, number>();
  return (text, label, _, prompt) => {
    if (!prompts.test(prompt)) return text;
    const turn = written.get(label) ?? 0;
    written.set(label, turn + 1);
    return (turn * quoted[label]!) % OF_ROWS < quoted[label]! ? `"${text}"` : text;
  };
}

const runQuoted = (
  parser: 'raw' | 'clean',
  after: NonNullable<ToyJob['after']>,
  { choices, params }: Pick<ToyJob, 'choices' | 'params'> = {},
): Promise<StoryResult> =>
  runStory(
    toyJob(toy, {
      judge: judgeOf(toy),
      after,
      ...(choices === undefined ? {} : { choices }),
      params: { seedPerLabel: 250, roundsMax: 1, arms: [], onArtefact: 'block', parser, ...params },
    }),
  );

const everywhere = (): NonNullable<ToyJob['after']> => quoting(/./u);
const SEED_ALONE = { params: { roundsMax: 0 } };
/** A round has few rows: its quotes tell all. */
const imitations = (): NonNullable<ToyJob['after']> =>
  quoting(/Keep what makes it hard/u, { north: 0, east: OF_ROWS });

test(
  'quotes that tell the label block the seed, and are named with what they tell by themselves',
  async () => {
    const { run, blocked } = await runQuoted('raw', everywhere(), SEED_ALONE);
    expect(blocked).toMatchObject({ stage: 'main/gate-0', code: 'artefact' });
    const { message, choices } = run.stages['main/gate-0']!.block!;
    const [, alone] = /feature quotes \(alone ([\d.]+) %/u.exec(message) ?? [];
    expect(Math.abs(Number(alone) / 100 - TABLE_SCORE)).toBeLessThanOrEqual(0.02);
    expect(choices).toEqual(['accept']); // without its seed a job has nothing
    expect(acceptedBy(run, 'main/gate-0')).toEqual([]);
  },
  LONG_MS,
);

test(
  'a person may accept them, and the report keeps the number',
  async () => {
    const { run, blocked } = await runQuoted('raw', everywhere(), {
      ...SEED_ALONE,
      choices: { artefact: 'accept' },
    });
    expect(blocked).toBeUndefined();
    expectHonest(run);
    const { facts, choice } = run.stages['main/gate-0']!;
    expect(choice).toBe('accept');
    expect(facts).toMatchObject({ feature: 'quotes', discarded: false });
    expect(Math.abs((facts['featureScore'] as number) - TABLE_SCORE)).toBeLessThanOrEqual(0.02);
    expect(String(facts['warning'])).toContain('feature quotes');
  },
  LONG_MS,
);

test(
  'the clean parser takes them off, and the seed passes',
  async () => {
    const { run, blocked } = await runQuoted('clean', everywhere(), SEED_ALONE);
    expect(blocked).toBeUndefined();
    expectHonest(run);
    expect(run.stages['main/gate-0']!.facts).not.toHaveProperty('warning');
  },
  LONG_MS,
);

describe('a round of imitations with quotes', () => {
  const extra = (run: StoryResult['run']): number => acceptedBy(run, 'main/gate-1').length;

  test(
    'asks a person, who has three ways to go on',
    async () => {
      const { run, blocked } = await runQuoted('raw', imitations());
      expect(blocked).toMatchObject({ stage: 'main/gate-1', code: 'artefact' });
      expect(run.stages['main/gate-1']!.block!.choices).toEqual(['accept', 'discard-round', 'publish']);
    },
    LONG_MS,
  );

  test.each([
    ['accept', { accepted: true, trained: true }],
    ['discard-round', { accepted: false, trained: true }],
    ['publish', { accepted: false, trained: false }],
  ])(
    'choice %s',
    async (choice, { accepted, trained }) => {
      const { run, blocked } = await runQuoted('raw', imitations(), { choices: { artefact: choice } });
      expect(blocked).toBeUndefined();
      expectHonest(run);
      expect(extra(run) > 0).toBe(accepted);
      expect(run.began.includes('main/train-1')).toBe(trained);
      expect(run.stages['assemble']!.rows.length).toBeGreaterThanOrEqual(500);
      if (accepted) return;
      const reasons = new Set(run.stages['main/gate-1']!.rows.map(({ reason }) => reason));
      expect(reasons).toEqual(new Set(['round-discarded']));
    },
    LONG_MS,
  );

  test(
    'is left out by itself where the job says so',
    async () => {
      const { run, blocked } = await runQuoted('raw', imitations(), { params: { onArtefact: 'discard' } });
      expect(blocked).toBeUndefined();
      expectHonest(run);
      expect(extra(run)).toBe(0);
      expect(run.stages['main/gate-1']!.facts).toMatchObject({ discarded: true, feature: 'quotes' });
    },
    LONG_MS,
  );
});
