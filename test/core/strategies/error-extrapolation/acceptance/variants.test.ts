/** If these fail, one of the ways to write from an error does not do what the documentation says. */
import type {
  DatasetRecord,
  Pick,
  WriteData,
} from '../../../../../core/strategies/error-extrapolation/records';
import { pairToy } from '../../../../support/toys/pair-toy';
import { qaToy } from '../../../../support/toys/qa-toy';
import { textToy } from '../../../../support/toys/text-toy';
import type { StoryRun } from './story-run';
import { toyJob } from './toy-job';
import { acceptedBy, comparisonsOf, errorsOf, LONG_MS, runText, runToy } from './toy-run';
import { PATTERN } from './toy-writer';

jest.mock('../../../../../workflows/run-control', () =>
  jest.requireActual<object>('../../../../support/memory-run-control'),
);

const toy = textToy({ seed: 1, rows: 400, labels: 2 });
const SMALL = { seedPerLabel: 40, roundsMax: 1, errorsPerRoundMax: 24, arms: [] };

const picksOf = (run: StoryRun): readonly Pick[] =>
  (run.stages['main/pick-1']!.collections.get('picks') ?? []) as unknown as Pick[];
const asked = (run: StoryRun, variant: string) =>
  acceptedBy(run, 'main/extrapolate-1').filter(
    ({ row }) => (row.data as unknown as WriteData).variant === variant,
  );

describe('clusters', () => {
  const params = { ...SMALL, errorSelection: 'clustered', variants: { near: 1, pattern: 2 } };

  test(
    'of an embedder: errors are embedded, clusters described, rows written from what they share',
    async () => {
      const run = await runText(toy, { params, vector: (text) => [text.length, 1] });
      const errors = errorsOf(run, 0).filter(({ suspected }) => !suspected);
      expect(acceptedBy(run, 'main/embed-1')).toHaveLength(errors.length);
      const clusters = new Set(picksOf(run).map(({ cluster }) => cluster));
      expect(clusters.size).toBeGreaterThan(1);
      expect(clusters).not.toContain(undefined);
      expect(acceptedBy(run, 'main/describe-1')).toHaveLength(clusters.size);
      const rows = asked(run, 'pattern');
      expect(rows).toHaveLength(picksOf(run).reduce((sum, { draws }) => sum + (draws.pattern ?? 0), 0));
      for (const { row } of rows)
        expect((row.data as unknown as WriteData).pattern).toMatchObject({ pattern: PATTERN });
      const prompts = run.stages['main/extrapolate-1']!.calls.map(({ request }) => JSON.stringify(request));
      expect(prompts.filter((prompt) => prompt.includes(PATTERN))).toHaveLength(rows.length);
    },
    LONG_MS,
  );

  test(
    'of hashed words, where an embedder gives nothing',
    async () => {
      const run = await runText(toy, { params, vector: () => [] });
      expect(run.stages['main/embed-1']!.rows.every(({ reason }) => reason === 'empty')).toBe(true);
      expect(run.stages['main/pick-1']!.facts['clusters']).toBeGreaterThan(1);
    },
    LONG_MS,
  );
});

test(
  'contrast: the new row gets the label that the student gave',
  async () => {
    const params = { ...SMALL, errorSelection: 'contrast', variants: { near: 1, contrast: 1 } };
    const run = await runText(toy, { params });
    const predicted = new Map(errorsOf(run, 0).map((error) => [error.id, error.predicted]));
    const rows = asked(run, 'contrast');
    expect(rows.length).toBeGreaterThan(0);
    for (const { row, record } of rows) {
      const { label, text } = record as unknown as DatasetRecord;
      expect(label).toBe(predicted.get((row.data as unknown as WriteData).parentId!));
      expect(toy.trueLabel(text!)).toBe(label);
    }
  },
  LONG_MS,
);

test(
  'boundary: the judge says what a row has become',
  async () => {
    const params = { ...SMALL, variants: { boundary: 1 }, judge: 'llm' };
    const written = new Set<string>();
    const run = await runText(toy, {
      params,
      after: (text, _label, _random, prompt) => {
        if (prompt.includes('and otherwise')) written.add(text);
        return text;
      },
      judge: (prompt) => {
        const [, text = ''] = /Which label fits <<<([\s\S]*?)>>>/u.exec(prompt) ?? [];
        return written.has(text) ? 'east' : toy.trueLabel(text);
      },
    });
    const rows = acceptedBy(run, 'main/gate-1').map(({ record }) => record as unknown as DatasetRecord);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(['east']));
    expect(asked(run, 'boundary').length).toBeGreaterThanOrEqual(rows.length);
  },
  LONG_MS,
);

test(
  'dimp: rows weigh what students of gold and of the last round make of them',
  async () => {
    const run = await runText(toy, { params: { ...SMALL, rowWeights: 'dimp' } });
    const ofRound = (stage: string): number[] =>
      (run.stages[stage]!.collections.get('examples/synthetic-only') as { weight: number }[]).map(
        ({ weight }) => weight,
      );
    expect(new Set(ofRound('main/train-0'))).toEqual(new Set([1]));
    const weights = ofRound('main/train-1');
    expect(new Set(weights).size).toBeGreaterThan(10);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...weights)).toBeLessThanOrEqual(10);
  },
  LONG_MS,
);

test(
  'no rounds: the seed is the data',
  async () => {
    const run = await runText(toy, {
      params: { ...SMALL, roundsMax: 0, arms: ['goldgen-mix', 'gold-only'] },
    });
    expect(run.began).not.toContain('main/pick-1');
    expect(run.stages['assemble']!.facts).toMatchObject({ round: 0, seed: 80, extrapolated: 0 });
    // Of equal rows no difference is claimed.
    expect(comparisonsOf(run).find(({ id }) => id === 'main-goldgen-mix')).toMatchObject({ mean: 0 });
  },
  LONG_MS,
);

describe('contexts of the job', () => {
  const contextsIn = (run: StoryRun, stage: string): Set<string> =>
    new Set(acceptedBy(run, stage).map(({ record }) => (record as unknown as DatasetRecord).context!));

  test.each([
    ['pairs', pairToy({ seed: 1, rows: 240 }), 'entailed', { variants: { near: 1, contrast: 1 } }],
    [
      'questions',
      qaToy({ seed: 1, rows: 240 }),
      '{"answer": "nobody"}',
      { metric: 'em', seedPerLabel: 80, variants: { shift: 1 } },
    ],
  ] as const)(
    '%s are written about them, with filters on, and imitated about their own',
    async (_, of, said, own) => {
      const params = { ...SMALL, filters: 'on', nearDuplicateMin: 1, sourceCopyMax: 1, ...own };
      const run = await runToy(toyJob(of, { params, judge: () => said }));
      const given = new Set(of.contexts.map(({ context }) => context));
      const gold = new Set(of.gold.map(({ context }) => context));
      for (const context of contextsIn(run, 'main/seed')) expect(given).toContain(context);
      const imitated = contextsIn(run, 'main/extrapolate-1');
      expect(imitated.size).toBeGreaterThan(0);
      for (const context of imitated) expect(gold).toContain(context);
    },
    LONG_MS,
  );
});
