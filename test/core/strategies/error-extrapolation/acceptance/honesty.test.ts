/** If these fail, a bug that swaps labels, copies gold into the data or chooses by the test rows would go unseen. */
import type { Json } from '../../../../../core/json';
import type { MemoryStage } from '../../../../support/memory-stage';
import { textToy } from '../../../../support/toys/text-toy';
import { expectHonest, faultsOf } from './expect-honest';
import { runStory } from './run-story';
import type { StoryOptions, StoryRun } from './story-run';
import { toyJob } from './toy-job';
import { judgeOf, LONG_MS } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const toy = textToy({ seed: 1, rows: 400, labels: 2 });
const OTHER: Readonly<Record<string, string>> = { north: 'east', east: 'north' };

async function run(spoil?: NonNullable<StoryOptions['spoil']>, params: object = {}): Promise<StoryRun> {
  const job = toyJob(toy, {
    judge: judgeOf(toy),
    params: { seedPerLabel: 40, roundsMax: 1, errorsPerRoundMax: 30, arms: ['goldgen-mix'], ...params },
    ...(spoil === undefined ? {} : { spoil }),
  });
  const story = await runStory(job);
  expect(story.blocked).toBeUndefined();
  return story.run;
}

/** Changes the records of some of a stage's rows. */
function rewrite({ rows }: MemoryStage, change: (record: Record<string, Json>, at: number) => object): void {
  rows.forEach((row, at) => {
    if (row.record === undefined || at % 3 !== 0) return;
    const record = row.record as Record<string, Json>;
    rows[at] = { ...row, record: { ...record, ...change(record, at) } as Json };
  });
}

const goldOf = (of: StoryRun, split: string): Record<string, Json>[] =>
  of.stages['prepare']!.collections.get(split) as Record<string, Json>[];

const swapped = ({ label }: Record<string, Json>): object => ({ label: OTHER[label as string]! });

test(
  'a run that nothing spoils is honest',
  async () => {
    expectHonest(await run());
    expectHonest(await run(undefined, { composition: 'gold-plus-synthetic', noiseGuard: 'off' }));
  },
  LONG_MS,
);

type Spoiled = readonly [what: string, spoil: NonNullable<StoryOptions['spoil']>, fault: RegExp];

const SPOILS: readonly Spoiled[] = [
  [
    'labels of imitations are swapped as they are written',
    (name, stage) => name === 'main/extrapolate-1' && rewrite(stage, swapped),
    /was asked for .* and is/u,
  ],
  [
    'labels are swapped behind the filters',
    (name, stage) => name === 'main/sift-1' && rewrite(stage, swapped),
    /was written as .* and is/u,
  ],
  [
    'labels are swapped in the dataset alone',
    (name, stage) => name === 'assemble' && rewrite(stage, swapped),
    / stands where /u,
  ],
  ...(['mine', 'select', 'test'] as const).map((split): Spoiled => [
    `rows of ${split} pass for imitations`,
    (name, stage, of) =>
      name === 'main/extrapolate-1' && rewrite(stage, (_, at) => ({ text: goldOf(of, split)[at]!['text']! })),
    new RegExp(`repeats a row of ${split}`, 'u'),
  ]),
  [
    'rows of select join what students learn from',
    (name, stage, of) => {
      const examples = stage.collections.get('examples/synthetic-only');
      if (name === 'main/train-1') examples!.push(...goldOf(of, 'select'));
    },
    /which no gate accepted/u,
  ],
  [
    'gold joins students of synthetic rows alone',
    (name, stage, of) => {
      const examples = stage.collections.get('examples/synthetic-only');
      if (name === 'main/train-1') examples!.push(...goldOf(of, 'mine'));
    },
    /which no gate accepted/u,
  ],
  [
    'the test rows stand in for select',
    (name, { collections }) => {
      if (name === 'prepare') collections.set('select', collections.get('test')!);
    },
    /stands in select too/u,
  ],
  [
    'students are looked at on the test rows',
    (name, { rows }) => {
      if (name !== 'main/mine-0') return;
      rows.forEach((one, at) => {
        const data = { ...(one.row.data as object), items: 'prepare/test' };
        rows[at] = { ...one, row: { ...one.row, data } };
      });
    },
    /predicts prepare\/test/u,
  ],
  [
    'a stage before the test opens its rows',
    (name, _, of) => {
      if (name === 'main/pick-1') void of.read.collection('prepare/test');
    },
    /main\/pick-1 has opened the test rows/u,
  ],
  [
    'the score that chooses the round is another one',
    (name, stage) => {
      if (name === 'main/mine-1') stage.facts = { ...stage.facts, score: 1, best: 1 };
    },
    /main\/mine-1: says 1/u,
  ],
  [
    'another round than the best is returned',
    (name, stage) => {
      if (name === 'main/mine-1') stage.facts = { ...stage.facts, best: stage.facts['best'] === 0 ? 1 : 0 };
    },
    /the best is/u,
  ],
  [
    'rows are imitated that the students had right',
    (name, _, of) => {
      if (name === 'main/pick-1') of.stages['main/mine-0']!.collections.set('errors', []);
    },
    /which is no error/u,
  ],
];

test.each(SPOILS)(
  'it is seen where %s',
  async (_, spoil, fault) => {
    const spoiled = await run(spoil);
    expect(faultsOf(spoiled).join('\n')).toMatch(fault);
    expect(() => expectHonest(spoiled)).toThrow();
  },
  LONG_MS,
);
