/** If these fail, a user is told another price than the job has. */
import * as fc from 'fast-check';
import {
  callRange,
  estimateErrorExtrapolation,
  pilotErrorExtrapolation,
} from '../../../../../core/strategies/error-extrapolation/estimate';
import { jobFlop, trainingFlop } from '../../../../../core/strategies/error-extrapolation/estimate-flop';
import {
  plannedCalls,
  priorMeans,
  runningMean,
  updateMeans,
} from '../../../../../core/strategies/error-extrapolation/estimate-means';
import {
  ARMS,
  errorExtrapolationParamsSchema,
  errorExtrapolationPresets,
} from '../../../../../core/strategies/error-extrapolation/params';
import { settingsOf } from '../../../../../core/strategies/error-extrapolation/settings';
import type { Measurements, Range } from '../../../../../core/strategy';
import { MODEL, paramsOf } from './support';

const gold = { items: 1_000, characters: 120_000, complete: true };
const sum = (ranges: readonly Range[]): Range =>
  ranges.reduce((a, b) => ({ low: a.low + b.low, high: a.high + b.high }), { low: 0, high: 0 });
const totalOf = (given: Record<string, unknown>, task = {}, inputs = { gold }) =>
  sum(estimateErrorExtrapolation(paramsOf(given, task), inputs).map(({ calls }) => calls));

test('calls of the specified job: 8 + 2,353 + 1,800 + 8,223 + 240', () => {
  expect(callRange(paramsOf(), { gold })).toEqual({ low: 6_248, expected: 12_624, high: 28_433 });
  expect(totalOf({})).toEqual({ low: 6_248, high: 28_433 });
});

test('each stage of the main arm has its share', () => {
  const stages = estimateErrorExtrapolation(paramsOf({ roundsMax: 1 }), { gold });
  expect(stages.map(({ stage, role }) => `${stage} ${role}`)).toEqual([
    'preflight generator',
    'main/reasons generator',
    'main/seed generator',
    'main/sift-0 judge',
    'main/extrapolate-1 generator',
    'main/sift-1 judge',
  ]);
  expect(stages.find(({ stage }) => stage === 'main/extrapolate-1')).toMatchObject({
    rows: { low: 0, high: 600 },
    calls: { low: 0, high: 660 },
  });
});

test('arms add what main has not paid: imitations, more seed, the paper’s rounds', () => {
  const added = (arm: string, params = {}): Range => {
    const [bare, more] = [totalOf(params), totalOf({ ...params, arms: [arm] })];
    return { low: more.low - bare.low, high: more.high - bare.high };
  };
  const rounds = { low: 0, high: (2_400 + 7_200) * 1.1 };
  expect(added('goldgen-mix')).toEqual(rounds);
  expect(added('seed-only').high).toBe(rounds.high);
  expect(added('faithful', { style: 'paper' })).toEqual({ low: 0, high: 2 * 330 });
  expect(added('gold-only')).toEqual({ low: 0, high: 0 });
  expect(added('teacher-zero-shot')).toEqual({ low: 250, high: 275 });
  expect(added('few-shot').low).toBe(2_000 + 4_000);
});

test('estimates are ordered, whatever the job', () => {
  const inputs = { gold, test: { items: 50, characters: 5_000, complete: true } };
  const params = fc.record(
    {
      seedPerLabel: fc.integer({ min: 20, max: 2_000 }),
      roundsMax: fc.integer({ min: 0, max: 4 }),
      errorsPerRoundMax: fc.option(fc.integer({ min: 1, max: 500 })),
      topUpWavesMax: fc.constantFrom(0, 2),
      errorSelection: fc.constantFrom('all', 'clustered', 'contrast'),
      judge: fc.constantFrom('llm', 'off', 'gold-student'),
      judgeVotes: fc.constantFrom(1, 3, 5),
      replicates: fc.integer({ min: 1, max: 3 }),
      arms: fc.subarray([...ARMS]),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(params, fc.constantFrom('text', 'pair', 'extractive-qa'), (given, kind) => {
      const parsed = paramsOf(given, kind === 'extractive-qa' ? { kind } : { kind });
      const stages = estimateErrorExtrapolation(parsed, inputs);
      expect(new Set(stages.map(({ stage }) => stage)).size).toBe(stages.length);
      for (const { rows, calls, inputTokens, outputTokens } of stages) {
        for (const { low, high } of [rows, calls, inputTokens, outputTokens])
          expect(low).toBeLessThanOrEqual(high);
        expect(rows.low).toBeLessThanOrEqual(calls.low);
        expect(rows.high).toBeLessThanOrEqual(calls.high);
      }
      const { low, expected, high } = callRange(parsed, inputs);
      expect(low).toBeLessThanOrEqual(expected);
      expect(expected).toBeLessThanOrEqual(high);
    }),
  );
  expect(estimateErrorExtrapolation(paramsOf(), {})).toEqual([]);
});

test('what a pilot measured in one round holds in the others', () => {
  const sample = (mean: number) => ({ count: 50, mean, deviation: 0 });
  const stage = { callsPerRow: sample(1), inputTokensPerCall: sample(500), outputTokensPerCall: sample(40) };
  const measured: Measurements = { 'main/seed': stage };
  const stages = estimateErrorExtrapolation(paramsOf({ roundsMax: 2 }), { gold }, measured);
  const round = stages.find(({ stage: name }) => name === 'main/extrapolate-2');
  expect(round?.outputTokens.high).toBe(660 * 40);
});

test('means move from the guess to what was counted', () => {
  expect(runningMean(0.85, { count: 0, sum: 0 })).toBe(0.85);
  expect(runningMean(0.85, { count: 50, sum: 25 })).toBeCloseTo(0.675, 10);
  const prior = priorMeans(paramsOf());
  expect(prior).toEqual({ accepted: 0.85, errors: 0.3, judged: 0.9, votes: 2.2 });
  expect(priorMeans(paramsOf({ judge: 'off' })).votes).toBe(0);
  const means = updateMeans(prior, { votes: { count: 950, sum: 1_900 } });
  expect(means).toMatchObject({ accepted: 0.85, votes: expect.closeTo(2.01, 10) as number });
  expect(plannedCalls('sift', 1_000, means)).toBe(1_809);
  expect(plannedCalls('write', 1_000, means)).toBe(1_000);
});

test('training takes six operations a parameter and token', () => {
  const paper = { parameters: 66e6, tokens: 512, rows: 1, epochs: 1 };
  expect(trainingFlop(paper)).toBeCloseTo(2.0275e11, -7);
  expect(trainingFlop({ ...paper, rows: 192_000, epochs: 8 }) / 3.114e17).toBeCloseTo(1, 3);
  expect(jobFlop([paper, paper], 3, 2)).toBe(12 * trainingFlop(paper));
});

test('a pilot is the beginning of its job', () => {
  const { params, items } = pilotErrorExtrapolation(paramsOf({ arms: ['few-shot'], replicates: 3 }), 60);
  expect(params).toMatchObject({
    seedPerLabel: 30,
    roundsMax: 0,
    arms: [],
    replicates: 1,
    studentSeeds: [1],
  });
  expect(items).toEqual({});
  expect(errorExtrapolationParamsSchema.parse(params)).toEqual(params);
  expect(pilotErrorExtrapolation(paramsOf({ seedPerLabel: 25 }), 500).params.seedPerLabel).toBe(25);
});

describe('values that hang on others', () => {
  const of = (given = {}, facts = {}, task = {}) => settingsOf(paramsOf(given, task), facts);

  test('the split follows from the test file and from where scores are read', () => {
    expect(of().split).toEqual({ mine: 0.5, select: 0.25, test: 0.25 });
    expect(of({}, { testFile: true }).split).toEqual({ mine: 2 / 3, select: 1 / 3, test: 0 });
    expect(of({ selectOn: 'mine' }).split).toEqual({ mine: 0.75, select: 0, test: 0.25 });
    expect(of({ selectOn: 'mine' }, { testFile: true }).split).toEqual({ mine: 1, select: 0, test: 0 });
  });

  test('the metric follows from kind, style and the largest label', () => {
    const qa = { kind: 'extractive-qa' };
    expect(of({}, { goldShares: [0.59, 0.41] }).metric).toBe('accuracy');
    expect(of({}, { goldShares: [0.6, 0.4] }).metric).toBe('macro-f1');
    expect(of({ style: 'paper' }, { goldShares: [0.9, 0.1] }).metric).toBe('accuracy');
    expect([of({}, {}, qa).metric, of({ style: 'paper' }, {}, qa).metric]).toEqual(['f1', 'em']);
  });

  test('variants follow from the selection of errors, least errors from mine', () => {
    expect(of().variants).toEqual({ near: 1, shift: 2 });
    expect(of({ errorSelection: 'clustered' }).variants).toEqual({ pattern: 3 });
    expect(of({ errorSelection: 'contrast' }).variants).toEqual({ near: 1, contrast: 1 });
    expect(of({ variants: { near: 2, shift: 0 } }).variants).toEqual({ near: 2 });
    expect([of({}, { mineRows: 400 }).errorsMin, of({}, { mineRows: 1_000 }).errorsMin]).toEqual([10, 20]);
    expect(of({ errorsMin: 0 }).errorsMin).toBe(0);
  });

  test('seed rows follow from the prior, and question answering has one number', () => {
    expect(of().seedRows).toEqual([1_000, 1_000]);
    expect(of({ labelPrior: 'gold' }, { goldShares: [0.7, 0.3] }).seedRows).toEqual([1_400, 600]);
    expect(of({ seedPerLabel: 300 }, {}, { kind: 'extractive-qa' }).seedRows).toEqual([300]);
  });

  test('answers follow from the model and from gold’s lengths; only models judge answers', () => {
    expect(of({}, { generator: MODEL }).outputMode).toBe('json');
    expect(of({ style: 'paper' }, { generator: MODEL }).outputMode).toBe('plain');
    expect(of({}, { generator: { ...MODEL, capabilities: ['chat'] } }).outputMode).toBe('plain');
    expect([
      of({}, { targetTokensP95: 33.2 }).outputTokensMax,
      of({}, { targetTokensP95: 1 }).outputTokensMax,
    ]).toEqual([67, 8]);
    expect(of({ judge: 'gold-student' }, {}, { kind: 'extractive-qa' }).judge).toBe('off');
    expect(of({}, {}, { kind: 'pair' }).reasonsPerLabel).toBe(0);
  });
});

test('presets are valid for every kind of task, and are those of the specification', () => {
  for (const kind of ['text', 'pair', 'extractive-qa']) {
    for (const preset of Object.values(errorExtrapolationPresets)) paramsOf(preset, { kind });
  }
  expect(Object.keys(errorExtrapolationPresets)).toEqual(['clean', 'paper', 'demo', 'thorough']);
  const paper = paramsOf(errorExtrapolationPresets['paper']);
  expect(settingsOf(paper)).toMatchObject({
    ...{ split: { mine: 0.75, select: 0, test: 0.25 }, metric: 'accuracy', variants: { near: 1 } },
    ...{ errorsMin: 0, outputMode: 'plain', judge: 'off', reasonsPerLabel: 40 },
  });
  expect(paramsOf(errorExtrapolationPresets['clean'])).toEqual(paramsOf());
  expect(paramsOf(errorExtrapolationPresets['thorough']).arms).toEqual([...ARMS]);
});
