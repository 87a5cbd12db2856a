/** A finished job as its stages leave it, made by hand: two rounds, two labels, one arm. Tests change what they are about. */
import type { Json } from '../../../../../core/json';
import type { Reader, PublishContext, StrategyReport } from '../../../../../core/strategy';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import type { ErrorExtrapolationParams } from '../../../../../core/strategies/error-extrapolation/params';
import { reportErrorExtrapolation } from '../../../../../core/strategies/error-extrapolation/report';
import { comparisonFacts } from '../../../../../core/strategies/error-extrapolation/stages/comparisons';
import { NO_ROWS } from '../../../../../core/story/vocabulary';
import { modelFacts, stream } from '../../../../support/memory-stage';

interface StageFixture {
  readonly facts?: Readonly<Record<string, Json>>;
  readonly rows?: readonly RowFixture[];
  readonly collections?: Readonly<Record<string, readonly unknown[]>>;
  readonly usd?: number;
}
interface RowFixture {
  readonly key: string;
  readonly data?: unknown;
  readonly state?: 'accepted' | 'rejected' | 'failed';
  readonly reason?: string;
  readonly record?: unknown;
}
export type JobFixture = Readonly<Record<string, StageFixture>>;

const TEXT_PARAMS = {
  task: {
    kind: 'text',
    instruction: 'Say whether a text is glad.',
    labels: [
      { id: 'pos', phrase: 'glad' },
      { id: 'neg', phrase: 'sad' },
    ],
  },
  arms: ['goldgen-mix', 'gold-only'],
} as const;

function paramsOf(params: Readonly<Record<string, unknown>>): ErrorExtrapolationParams {
  return errorExtrapolationParamsSchema.parse({ ...TEXT_PARAMS, ...params });
}

function readerOf(job: JobFixture): Reader {
  const collection = (name: string): readonly unknown[] => {
    const stage = Object.keys(job)
      .filter((one) => name.startsWith(`${one}/`))
      .sort((a, b) => b.length - a.length)[0];
    if (stage === undefined) throw new RangeError(`no finished stage wrote "${name}"`);
    return job[stage]!.collections?.[name.slice(stage.length + 1)] ?? [];
  };
  return {
    input: () => stream([]),
    collection: <T>(name: string) => stream(collection(name) as T[]),
    items: <T>(name: string, ordinals: readonly number[]) =>
      Promise.resolve(ordinals.map((ordinal) => collection(name)[ordinal] as T)),
    outcomes: (stage) => stream((job[stage]?.rows ?? []).map(outcomeOf) as never[]),
    otherJobs: () => Promise.resolve(0),
    stage: (name) => {
      const fixture = job[name];
      if (fixture === undefined) return Promise.resolve(undefined);
      const count = (state: string): number =>
        (fixture.rows ?? []).filter((row) => stateOf(row) === state).length;
      const counts = { accepted: count('accepted'), rejected: count('rejected'), failed: count('failed') };
      const planned = fixture.rows?.length ?? 0;
      return Promise.resolve({ counts: { ...NO_ROWS, planned, ...counts }, facts: fixture.facts ?? {} });
    },
  };
}

const stateOf = ({ state, reason }: RowFixture): string =>
  state ?? (reason === undefined ? 'accepted' : 'rejected');

function outcomeOf(fixture: RowFixture, position: number) {
  const { key, data = {}, reason, record } = fixture;
  return {
    row: { key, sources: {}, data, position },
    plan: 0,
    state: stateOf(fixture),
    ...(reason === undefined ? {} : { reason }),
    ...(record === undefined ? {} : { record }),
    callKeys: [],
  };
}

export interface ReportOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly priced?: boolean;
}

export function reportOf(
  job: JobFixture,
  { params = {}, model = 'mine/big', priced = true }: ReportOptions = {},
): Promise<StrategyReport> {
  const context: PublishContext<ErrorExtrapolationParams> = {
    params: paramsOf(params),
    seed: 1,
    models: { generator: { ...modelFacts('generator'), name: model } },
    students: { main: { name: 'linear', kind: 'linear' } },
    prompts: {},
    read: readerOf(job),
    records: 0,
    spent: (stage) => {
      const calls = job[stage]?.rows?.length ?? 0;
      return Promise.resolve({ calls, inputTokens: 0, outputTokens: 0, costUsd: job[stage]?.usd ?? 0 });
    },
    priced,
  };
  return reportErrorExtrapolation(context);
}

const WORDS = 'amber basin cedar delta ember fable grove haven inlet jetty knoll ledge'.split(' ');

export function textRow(i: number) {
  const label = i % 2 === 0 ? 'pos' : 'neg';
  const words = [0, 1, 2, 3].map((n) => WORDS[(i * 5 + n * (1 + (i % 3))) % WORDS.length]!);
  return { id: `g${i}`, text: `${words.join(' ')} ${label === 'pos' ? 'gladly' : 'sadly'} ${i}`, label };
}

export const goldRow = (i: number) => ({ ...textRow(i), group: `group ${i}`, line: i + 1 });

/** A written row through seed or imitation, sift and gate. */
export function written(count: number, round: number): Pick<Record<string, StageFixture>, string> {
  const records = Array.from({ length: count }, (_, i) => ({
    ...textRow(100 * (round + 1) + i),
    id: `w${round}/${i}`,
    origin: round === 0 ? 'seed' : 'extrapolated',
    round,
    variant: round === 0 ? 'seed' : 'near',
    ...(round === 0 ? {} : { parentId: `g${i % 4}` }),
    reasons: [],
    promptHash: 'p',
    model: 'mine/big',
    callKeys: [],
    judge: { kind: 'llm', votes: {} },
  }));
  const writing = round === 0 ? 'main/seed' : `main/extrapolate-${round}`;
  return {
    [writing]: {
      usd: 2,
      rows: [
        ...records.map(({ id, label, variant }) => ({ key: id, data: { variant, label, reasons: [] } })),
        { key: 'bad/0', data: { variant: 'near', label: 'neg' }, reason: 'refusal' },
        { key: 'bad/1', data: { variant: 'near', label: 'pos' }, reason: 'length' },
        { key: 'bad/2', data: { variant: 'near', label: 'pos' }, state: 'failed', reason: 'timeout' },
      ],
    },
    [`main/sift-${round}`]: {
      usd: 1,
      rows: [
        { key: 'bad/3', data: { written: { label: 'neg' } }, reason: 'label-disagrees' },
        ...records.map((record) => ({ key: record.id, data: { written: record }, record })),
        { key: 'bad/4', data: { written: { label: 'pos' } }, reason: 'duplicate-near' },
      ],
    },
    [`main/gate-${round}`]: {
      facts: {
        rows: count,
        rebalanced: 0,
        discarded: false,
        artefactGap: 0.031,
        artefactGapBefore: 0.044,
        artefactError: 0.02,
        feature: 'quotes',
      },
      rows: records.map((record) => ({ key: record.id, record })),
      collections: {
        artefacts: [{ features: [{ feature: 'quotes', newScore: 0.6, mineScore: 0.55, gap: 0.05 }] }],
      },
    },
  };
}

const error = (i: number, predicted: string, suspected = false) => {
  const { id, label } = textRow(i);
  return { id, ordinal: i, label, predicted, goldProbability: 0.05 + i / 100, suspected };
};

export function mined(round: number, facts: Readonly<Record<string, Json>> = {}): StageFixture {
  return {
    facts: {
      score: 0.7 + 0.04 * round,
      low: 0.66 + 0.04 * round,
      high: 0.74 + 0.04 * round,
      standardError: 0.02,
      metric: 'accuracy',
      errors: 4,
      suspected: 1,
      ...(round === 0 ? {} : { fixed: 2, persisting: 2, broken: 1, stoppedBy: 'rounds' }),
      done: round > 0,
      best: round,
      optimistic: false,
      ...facts,
    },
    collections: {
      errors: [error(0, 'neg'), error(1, 'pos', true), error(2, 'neg'), error(3, 'pos')],
      summary: [
        { round, errorsByLabel: [2, 2], predictedShares: [0.6, 0.4], rowsByLabel: [20, 20], scores: [0.7] },
      ],
    },
  };
}

interface ComparedFixture {
  readonly mean?: number;
  readonly low?: number;
  readonly high?: number;
  readonly pHolm?: number;
  readonly seeds?: number;
  readonly replicates?: number;
  readonly matched?: boolean;
}

export function compared(id: string, given: ComparedFixture = {}) {
  const defaults = {
    mean: 0.05,
    low: 0.02,
    high: 0.08,
    p: 0.001,
    pHolm: 0.002,
    seeds: 3,
    replicates: 1,
    rows: [50, 50],
    matched: true,
  };
  return { id, ...defaults, ...given };
}

export function score(name: string, given: Readonly<Record<string, unknown>> = {}) {
  const [arm, composition] = name.split('/').slice(-2) as [string, string];
  const defaults = {
    replicate: 1,
    round: 1,
    rows: 50,
    scores: [0.8, 0.82, 0.81],
    mean: 0.81,
    deviation: 0.01,
    low: 0.78,
    high: 0.84,
  };
  return { name, arm, composition, ...defaults, ...given };
}

/** Main in two rounds against random imitations and against gold alone. */
export function finishedJob(overrides: JobFixture = {}): JobFixture {
  const mine = Array.from({ length: 20 }, (_, i) => goldRow(i));
  const select = Array.from({ length: 10 }, (_, i) => goldRow(i + 20));
  const comparisons = [
    compared('main-goldgen-mix'),
    compared('main-gold-only'),
    compared('gold-main-goldgen-mix'),
  ];
  const scores = [
    score('gold-only/gold-plus-synthetic', { rows: 0, mean: 0.75 }),
    score('main/synthetic-only'),
    score('main/gold-plus-synthetic', { mean: 0.85 }),
    score('goldgen-mix/synthetic-only', { mean: 0.76 }),
    score('goldgen-mix/gold-plus-synthetic', { mean: 0.8 }),
  ];
  return {
    prepare: {
      facts: {
        gold: 40,
        mine: 20,
        select: 10,
        test: 10,
        contexts: 0,
        dropped: 0,
        metric: 'accuracy',
        shares: [0.5, 0.5],
        warnings: ['Gold has 40 rows; 200 are advised.'],
        ...comparisonFacts({ arms: [...TEXT_PARAMS.arms] }),
      },
      collections: { mine, select, test: [] },
    },
    preflight: { facts: { judge: 'llm', parsed: 0.98, agreed: 0.9, zeroShot: 0.8, warnings: [] } },
    ...written(30, 0),
    'main/mine-0': mined(0),
    'main/pick-1': {
      facts: { picks: 4 },
      collections: {
        picks: [0, 1, 2, 3].map((i) => ({ ...error(i, i % 2 === 0 ? 'neg' : 'pos'), draws: { near: 1 } })),
      },
    },
    ...written(20, 1),
    'main/mine-1': mined(1),
    test: {
      facts: { rows: 10, metric: 'accuracy', students: 5, comparisons },
      collections: { scores, comparisons },
    },
    'test-teacher': { facts: { arms: 0 } },
    ...overrides,
  };
}

/** Every word and number that a reader would see. */
export function wordsOf({ verdict = '', notes = [], sections }: StrategyReport): string {
  return JSON.stringify([verdict, notes, sections]);
}
