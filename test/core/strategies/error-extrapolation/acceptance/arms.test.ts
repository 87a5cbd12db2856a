/** If these fail, an arm is no fair match for main, and what it is compared with says nothing. */
import { hashJson } from '../../../../../core/hash';
import { ARMS } from '../../../../../core/strategies/error-extrapolation/params';
import type { Pick } from '../../../../../core/strategies/error-extrapolation/records';
import { textToy } from '../../../../support/toys/text-toy';
import type { StoryRun } from './story-run';
import { acceptedBy, comparisonsOf, LONG_MS, paidBy, runText } from './toy-run';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const toy = textToy({ seed: 1, rows: 400, labels: 2 });
const SMALL = { seedPerLabel: 40, roundsMax: 2, errorsPerRoundMax: 24 };

const picksOf = (run: StoryRun, stage: string): Pick[] =>
  (run.stages[stage]!.collections.get('picks') ?? []) as unknown as Pick[];
const sizeOf = (run: StoryRun, arm: string): number =>
  [0, 1, 2].reduce((sum, q) => sum + acceptedBy(run, `${arm}/gate-${q}`).length, 0);
const mixOf = (picks: readonly Pick[]): string[] => picks.map(({ label }) => label!).sort();

describe('all arms', () => {
  let run: StoryRun;
  beforeAll(async () => {
    run = await runText(toy, { params: { ...SMALL, arms: ARMS } });
  }, LONG_MS);

  test('all comparisons are there, with sides that are matched', () => {
    expect(comparisonsOf(run).map(({ id, matched }) => [id, matched || id === 'main-faithful'])).toEqual([
      ['main-goldgen-mix', true],
      ['main-seed-only', true],
      ['main-gold-only', true],
      ['main-faithful', true],
      ['gold-main-goldgen-mix', true],
    ]);
  });

  test.each(['goldgen-mix', 'goldgen-mix-as-errors', 'goldgen-pure', 'seed-only', 'few-shot'])(
    '%s has as many rows as main',
    (arm) => expect(sizeOf(run, arm)).toBe(sizeOf(run, 'main')),
  );

  test('goldgen-mix-as-errors has the labels of the errors, and other rows', () => {
    for (const q of [1, 2]) {
      const [main, arm] = ['main', 'goldgen-mix-as-errors'].map((one) => picksOf(run, `${one}/pick-${q}`));
      expect(mixOf(arm!)).toEqual(mixOf(main!));
      expect(arm!.map(({ id }) => id).sort()).not.toEqual(main!.map(({ id }) => id).sort());
    }
  });

  test('goldgen-pure writes no seed, and goes round mine', () => {
    expect(run.stages['goldgen-pure/seed']?.rows ?? []).toEqual([]);
    const ids = picksOf(run, 'goldgen-pure/pick-1').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('few-shot shows five rows of the label in every prompt', () => {
    for (const { row } of run.stages['few-shot/seed']!.rows) expect(row.sources['examples']).toHaveLength(5);
    for (const { request } of run.stages['few-shot/seed']!.calls)
      expect(JSON.stringify(request)).toContain('Examples:');
  });

  test('faithful imitates every error of its own once', () => {
    for (const q of [1, 2])
      expect(run.stages[`faithful/extrapolate-${q}`]!.rows).toHaveLength(
        run.stages[`faithful/mine-${q - 1}`]!.facts['errors'] as number,
      );
    expect(run.stages['faithful/train-0']!.rows.map(({ row }) => row.key)).toEqual([
      'synthetic-only/1',
      'synthetic-only/2',
      'synthetic-only/3',
    ]);
  });

  test('teachers are asked about each test row, with and without examples', () => {
    const { rows, collections, calls } = run.stages['test-teacher']!;
    const tested = run.stages['prepare']!.facts['test'] as number;
    for (const arm of ['teacher-zero-shot', 'teacher-few-shot'])
      expect(rows.filter(({ row }) => row.key.startsWith(`${arm}/`))).toHaveLength(tested);
    expect(calls.filter(({ request }) => JSON.stringify(request).includes('Examples:'))).toHaveLength(tested);
    expect(collections.get('scores')).toMatchObject([{ mean: 1 }, { mean: 1 }]);
  });
});

describe('a judge beside', () => {
  test(
    'goldgen-mix pays for its imitations and their votes alone, and plans what main plans',
    async () => {
      const run = await runText(toy, { params: { ...SMALL, arms: ['goldgen-mix'], judge: 'llm' } });
      const paid = paidBy(run, (name) => !name.startsWith('goldgen-mix/'));
      const fresh = new Map<string, number>();
      for (const [name, stage] of Object.entries(run.stages)) {
        if (!name.startsWith('goldgen-mix/')) continue;
        const main = run.stages[name.replace('goldgen-mix/', 'main/')]!;
        if (!/train|mine/u.test(name)) expect([name, stage.rows.length]).toEqual([name, main.rows.length]);
        const calls = stage.calls.filter((one) => !paid.has(hashJson([one.request, one.draw])));
        if (calls.length > 0) fresh.set(name, calls.length);
      }
      expect([...fresh.keys()].sort()).toEqual(
        ['extrapolate', 'sift'].flatMap((step) => [1, 2].map((q) => `goldgen-mix/${step}-${q}`)),
      );
    },
    LONG_MS,
  );
});

test(
  'a replicate draws generation anew, gold stays, and the dataset is the first one',
  async () => {
    const params = { ...SMALL, roundsMax: 1, replicates: 2, arms: ['goldgen-mix', 'gold-only'] };
    const run = await runText(toy, { params });
    for (const { replicates } of comparisonsOf(run)) expect(replicates).toBe(2);
    const texts = ['main/seed', 'r2/main/seed'].map(
      (stage) => new Set(acceptedBy(run, stage).map(({ record }) => (record as { text: string }).text)),
    );
    expect(texts[1]!.size).toBe(texts[0]!.size);
    for (const text of texts[1]!) expect(texts[0]).not.toContain(text);
    const final = run.stages['train-final']!.rows.map(({ row }) => row.key);
    expect(final.filter((key) => key.startsWith('gold-only/'))).toHaveLength(3);
    expect(final.filter((key) => key.startsWith('r2/goldgen-mix/'))).toHaveLength(6);
    const shipped = run.stages['assemble']!.rows.map(({ record }) => (record as { text: string }).text);
    expect(shipped.filter((text) => texts[1]!.has(text))).toEqual([]);
  },
  LONG_MS,
);
