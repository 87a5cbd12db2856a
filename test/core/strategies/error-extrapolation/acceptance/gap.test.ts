/** If these fail, a job shows no gain where errors have one to give, pays twice, or looks at the test rows too early. */
import { hashJson } from '../../../../../core/hash';
import type { StoryRun } from './story-run';
import { expectFewFlags, expectGap, runFiveLabels, runGap, runGuardedGap, targetingOf } from './toy-bounds';
import { callsOf, LONG_MS, paidBy } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const SEED = 1;

describe('a gap in what the model writes by itself', () => {
  let run: StoryRun;
  beforeAll(async () => {
    run = await runGap(SEED);
  }, LONG_MS);

  test('imitated errors close it, random rows less, in 1,500 calls', () => {
    expectGap(run);
    expect(callsOf(run)).toBeGreaterThan(1_500); // those that arms share are paid once
  });

  test('the matched arm pays for its imitations alone, and plans as many rows as main', () => {
    const paid = paidBy(run, (name) => !name.startsWith('goldgen-mix/'));
    for (const [name, stage] of Object.entries(run.stages)) {
      if (!name.startsWith('goldgen-mix/')) continue;
      const main = run.stages[name.replace('goldgen-mix/', 'main/')]!;
      if (!/train|mine/u.test(name)) expect([name, stage.rows.length]).toEqual([name, main.rows.length]);
      const fresh = stage.calls.filter((one) => !paid.has(hashJson([one.request, one.draw])));
      if (!/extrapolate/u.test(name)) expect([name, fresh.length]).toEqual([name, 0]);
    }
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
    const textOf = (row: (typeof again)[number][1]): string => (row.record as { text: string }).text;
    for (const [id, row] of again) expect(textOf(row)).not.toBe(textOf(first!.get(id)!));
  });

  test('until the test only prepare has opened the test rows', () => {
    const reads = run.reads.filter(({ collection }) => collection === 'prepare/test');
    expect(new Set(reads.map(({ stage }) => stage))).toEqual(new Set(['test']));
  });
});

test(
  'without noise hard rows are rarely taken for wrong ones',
  async () => expectFewFlags(await runGuardedGap(SEED)),
  LONG_MS,
);

test('five labels', async () => expect(targetingOf(await runFiveLabels(SEED))).toBeGreaterThan(0), LONG_MS);
