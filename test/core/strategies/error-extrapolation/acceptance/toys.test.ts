/** If these fail, a job shows no gain where errors have one to give, or makes one up; or its rows do not add up. */
import { hashJson } from '../../../../../core/hash';
import type { MinedError } from '../../../../../core/strategies/error-extrapolation/records';
import { qaToy } from '../../../../support/toys/qa-toy';
import { pairToy } from '../../../../support/toys/pair-toy';
import { textToy } from '../../../../support/toys/text-toy';
import type { TextToy, TextToyOptions } from '../../../../support/toys/text-toy';
import type { StoryRun } from './memory-run-control';
import { runStory } from './run-story';
import { toyJob } from './toy-job';

jest.mock('../../../../../workflows/run-control', () => jest.requireActual<object>('./memory-run-control'));

const LONG_MS = 300_000;
const SEED = 1;
const GAIN_MIN = 0.05;
const GAIN_LOW_MIN = 0.02;

interface Compared {
  readonly id: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

async function textJob(toy: TextToy, params: Readonly<Record<string, unknown>>): Promise<StoryRun> {
  const judge = (prompt: string): string => toy.trueLabel(/<<<([\s\S]*?)>>>/u.exec(prompt)![1]!);
  const { run, blocked } = await runStory(toyJob(toy, { seed: SEED, params, judge }));
  expect(blocked).toBeUndefined();
  return run;
}
const toyOf = (options: Partial<TextToyOptions> = {}): TextToy => textToy({ seed: SEED, ...options });

function comparisonOf(run: StoryRun, id: string): Compared {
  const comparisons = run.stages['test']!.facts['comparisons'] as unknown as Compared[];
  return comparisons.find((one) => one.id === id)!;
}
const scoreOf = (run: StoryRun, round: number): number =>
  run.stages[`main/mine-${round}`]!.facts['score'] as number;
const callsOf = (run: StoryRun): number =>
  Object.values(run.stages).reduce((sum, { calls }) => sum + calls.length, 0);

/** Calls that the ledger would pay: equal requests with equal draws are one. */
function paidBy(run: StoryRun, stages: (name: string) => boolean): Set<string> {
  const calls = Object.entries(run.stages).filter(([name]) => stages(name));
  return new Set(calls.flatMap(([, stage]) => stage.calls.map((one) => hashJson([one.request, one.draw]))));
}

function errorsOf(run: StoryRun, round: number): MinedError[] {
  return (run.stages[`main/mine-${round}`]!.collections.get('errors') ?? []) as unknown as MinedError[];
}

describe('a gap in what the model writes by itself', () => {
  let run: StoryRun;
  beforeAll(async () => {
    run = await textJob(toyOf(), { noiseGuard: 'off', arms: ['goldgen-mix', 'gold-only'] });
  }, LONG_MS);

  test('imitated errors close it, random rows less', () => {
    expect(scoreOf(run, 0)).toBeGreaterThan(0.66);
    expect(scoreOf(run, 0)).toBeLessThan(0.78);
    const targeting = comparisonOf(run, 'main-goldgen-mix');
    expect(targeting.mean).toBeGreaterThan(GAIN_MIN);
    expect(targeting.mean).toBeLessThan(0.15);
    expect(targeting.low).toBeGreaterThan(GAIN_LOW_MIN);
    expect(comparisonOf(run, 'main-gold-only').mean).toBeGreaterThan(0);
    expect(Math.abs(comparisonOf(run, 'gold-main-goldgen-mix').mean)).toBeLessThanOrEqual(0.02);
  });

  test('it takes no more than 1,500 calls, those that arms share paid once', () => {
    expect(paidBy(run, () => true).size).toBeLessThanOrEqual(1_500);
    expect(callsOf(run)).toBeGreaterThan(1_500);
  });

  test('the matched arm pays for its imitations alone, and plans as many rows as main', () => {
    const paid = paidBy(run, (name) => !name.startsWith('goldgen-mix/'));
    for (const [name, stage] of Object.entries(run.stages)) {
      if (!name.startsWith('goldgen-mix/')) continue;
      const main = run.stages[name.replace('goldgen-mix/', 'main/')]!;
      if (!/train|mine/u.test(name)) expect([name, stage.rows.length]).toEqual([name, main.rows.length]);
      const fresh = stage.calls.filter((one) => !paid.has(hashJson([one.request, one.draw])));
      if (!/extrapolate|sift/u.test(name)) expect([name, fresh.length]).toEqual([name, 0]);
    }
  });

  test('in each stage every planned row has one end', () => {
    for (const [name, { rows, plans }] of Object.entries(run.stages)) {
      expect([name, new Set(rows.map(({ row }) => row.key)).size]).toEqual([name, rows.length]);
      expect([name, rows.length]).toEqual([name, plans.reduce((sum, count) => sum + count, 0)]);
    }
  });

  test('the dataset is what the gates of the returned rounds accepted', () => {
    const { round } = run.stages['assemble']!.facts as { round: number };
    const gates = Array.from({ length: round + 1 }, (_, q) => run.stages[`main/gate-${q}`]!.rows);
    const accepted = gates.flat().filter(({ state }) => state === 'accepted');
    expect(run.stages['assemble']!.rows.map(({ row }) => row.key)).toEqual(
      accepted.map(({ row }) => row.key),
    );
  });

  test('an error that comes back is written anew: two calls, two draws, two texts', () => {
    const [first, second] = [1, 2].map((q) => {
      const rows = run.stages[`main/extrapolate-${q}`]!.rows;
      return new Map(rows.map((one) => [(one.row.data as { parentId: string }).parentId, one]));
    });
    const again = [...second!].filter(([id]) => first!.has(id));
    expect(again.length).toBeGreaterThan(0);
    const calls = [1, 2].flatMap((q) => run.stages[`main/extrapolate-${q}`]!.calls);
    const draws = new Map<string, Set<string>>();
    for (const { request, draw } of calls) {
      const key = hashJson(request);
      draws.set(key, (draws.get(key) ?? new Set()).add(draw));
    }
    expect([...draws.values()].filter(({ size }) => size === 2)).toHaveLength(again.length);
    for (const [id, row] of again)
      expect((row.record as { text: string }).text).not.toBe(
        (first!.get(id)!.record as { text: string }).text,
      );
  });

  test('until the test only prepare has opened the test rows', () => {
    const reads = run.reads.filter(({ collection }) => collection === 'prepare/test');
    expect(new Set(reads.map(({ stage }) => stage))).toEqual(new Set(['test']));
  });
});

describe('gold with wrong labels', () => {
  test(
    'without the guard errors are noise and harm; with it they are found, and do not',
    async () => {
      const toy = toyOf({ noise: 0.15, seedCues: 'as-gold' });
      const off = await textJob(toy, { noiseGuard: 'off', arms: ['goldgen-mix'] });
      const harm = comparisonOf(off, 'main-goldgen-mix');
      expect(harm.mean).toBeLessThan(-0.02);
      expect(harm.mean).toBeGreaterThan(-0.13);
      expect(harm.high).toBeLessThan(0);
      expect(off.stages['assemble']!.facts['round']).toBe(0);
      const on = await textJob(toy, { arms: ['goldgen-mix'] });
      expect(comparisonOf(on, 'main-goldgen-mix').mean).toBeGreaterThanOrEqual(harm.mean + 0.005);
      const flagged = errorsOf(on, 0).filter(({ suspected }) => suspected);
      const flipped = flagged.filter(
        ({ label, id }) => toy.trueLabel(toy.gold.find((row) => row.id === id)!.text) !== label,
      );
      expect(flagged.length).toBeGreaterThan(0);
      expect(flipped.length / flagged.length).toBeGreaterThanOrEqual(0.85);
    },
    LONG_MS,
  );

  test(
    'a gap is closed all the same, and hard rows are rarely taken for wrong ones',
    async () => {
      const both = await textJob(toyOf({ noise: 0.15 }), { arms: ['goldgen-mix'] });
      expect(comparisonOf(both, 'main-goldgen-mix').mean).toBeGreaterThan(0.01);
      const gap = await textJob(toyOf(), { arms: [] });
      const shareOf = (round: number): number => {
        const errors = errorsOf(gap, round);
        return errors.filter(({ suspected }) => suspected).length / errors.length;
      };
      expect(shareOf(0)).toBeLessThanOrEqual(0.02);
      expect(shareOf(1)).toBeLessThanOrEqual(0.2);
    },
    LONG_MS,
  );
});

test(
  'pairs and questions are learned from imitations too',
  async () => {
    const bounds = { pair: [0.6, 0.8], qa: [0.4, 0.65] } as const;
    const params = { goldSplit: { mine: 0.5, select: 0.25, test: 0.25 }, metric: undefined };
    const best: Record<string, number> = {};
    for (const [name, toy] of [
      ['pair', pairToy({ seed: SEED, rows: 800 })],
      ['qa', qaToy({ seed: SEED, rows: 800 })],
    ] as const) {
      const isQa = name === 'qa';
      const given = {
        ...params,
        seedPerLabel: isQa ? 400 : 200,
        ...(isQa ? { metric: 'em' } : {}),
        roundsMax: 4,
      };
      const { run, blocked } = await runStory(
        toyJob(toy, { seed: SEED, params: given, judge: () => (isQa ? '{"answer": "nobody"}' : 'entailed') }),
      );
      expect(blocked).toBeUndefined();
      expect(scoreOf(run, 0)).toBeGreaterThan(bounds[name][0]);
      expect(scoreOf(run, 0)).toBeLessThan(bounds[name][1]);
      const scores = Object.keys(run.stages).filter((stage) => /^main\/mine-/u.test(stage));
      best[name] = Math.max(...scores.map((_, round) => scoreOf(run, round)));
    }
    expect(best['pair']).toBeGreaterThanOrEqual(0.9);
    expect(best['qa']).toBeGreaterThanOrEqual(0.9);
  },
  LONG_MS,
);

test(
  'five labels',
  async () => {
    const run = await textJob(toyOf({ labels: 5 }), {
      noiseGuard: 'off',
      arms: ['goldgen-mix'],
      seedPerLabel: 160,
    });
    expect(comparisonOf(run, 'main-goldgen-mix').mean).toBeGreaterThan(0);
  },
  LONG_MS,
);
