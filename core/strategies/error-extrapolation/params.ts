import { z } from 'zod';
import type { Json } from '../../json';
import { BAD_ROW_SHARE_MAX_DEFAULT } from '../../story/limits';

export const LABELS_MIN = 2;
export const LABELS_MAX = 200;
export const ARMS = [
  'gold-only',
  'seed-only',
  'goldgen-mix',
  'goldgen-mix-as-errors',
  'goldgen-pure',
  'faithful',
  'few-shot',
  'teacher-zero-shot',
  'teacher-few-shot',
] as const;
export const VARIANTS = ['near', 'shift', 'contrast', 'pattern', 'boundary'] as const;
/** Filters that can be switched off together; the first two reasons stay. */
const share = z.number().min(0).max(1);
const phrase = z.string().min(1).max(200);
const percentile = z.number().min(0).max(100);

const label = z.strictObject({
  id: z.string().min(1).max(100),
  phrase: phrase.describe('How a prompt names it: "a text that is <phrase>"'),
  definition: z.string().max(2_000).default(''),
  cases: z.array(phrase).max(100).default([]).describe('Sub-kinds; one is drawn for each row'),
});

const task = z.strictObject({
  kind: z.enum(['text', 'pair', 'extractive-qa']),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/, 'expected a language code such as "en"')
    .default('en'),
  instruction: z.string().min(1).max(8_000).describe('What the task is, as one would tell a person'),
  labels: z.array(label).max(LABELS_MAX).default([]).describe('2 to 200; none for extractive-qa'),
});

const draws = z.int().min(0).max(10);
const variants = z
  .partialRecord(z.enum(VARIANTS), draws)
  .describe('New rows from each error, by how they are written');

export const errorExtrapolationParamsSchema = z
  .strictObject({
    task,
    arms: z.array(z.enum(ARMS)).max(ARMS.length).default([]).describe('Matched arms to compare with'),
    goldSplit: z
      .strictObject({ mine: share, select: share, test: share })
      .optional()
      .describe('Default 0.5, 0.25, 0.25; with a test file 2/3, 1/3, 0'),
    selectOn: z.enum(['select', 'mine']).default('select'),
    metric: z.enum(['accuracy', 'macro-f1', 'em', 'f1']).optional(),
    seedPerLabel: z.int().min(20).max(100_000).default(1_000).describe('Seed rows a label; in QA all'),
    topUpWavesMax: z.int().min(0).max(5).default(2),
    labelPrior: z.enum(['uniform', 'gold']).default('uniform'),
    reasonsPerLabel: z.int().min(0).max(100).default(40),
    reasonsPerPrompt: z.int().min(1).max(5).default(3),
    examplesPerPrompt: z.int().min(0).max(8).default(0),
    lengthHint: z.enum(['pooled', 'none']).default('pooled'),
    roundsMax: z.int().min(0).max(10).default(4),
    stopGainPoints: z.number().min(0).max(5).nullable().default(0.3),
    errorSelection: z.enum(['all', 'balanced', 'clustered', 'contrast']).default('balanced'),
    errorsPerRoundMax: z.int().min(1).max(100_000).nullable().default(200),
    errorsMin: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .describe('Fewer errors end the rounds; default 10, and 2 % of mine'),
    variants: variants
      .optional()
      .describe('Default near 1, shift 2; clustered: pattern 3; contrast: near 1, contrast 1'),
    variantsMax: z.int().min(1).max(10).default(5),
    classTolerance: share.default(0.2),
    qaErrorF1Max: share.nullable().default(null).describe('null: an answer that is not exact is an error'),
    noiseGuard: z.enum(['off', 'persist', 'cross-fit']).default('cross-fit'),
    clustersMax: z.int().min(2).max(50).default(12),
    returnRound: z.enum(['best', 'last']).default('best'),
    extraShareMin: share.default(0.2),
    extraShareMax: share.default(0.4),
    rowWeights: z.enum(['none', 'dimp']).default('none'),
    composition: z.enum(['gold-plus-synthetic', 'synthetic-only']).default('gold-plus-synthetic'),
    studentSeeds: z.array(z.int().min(0).max(1_000_000)).min(1).max(10).default([1, 2, 3]),
    replicates: z.int().min(1).max(10).default(1),
    temperature: z.number().min(0).max(2).default(0.9),
    topP: share.default(0.95),
    outputTokensMax: z
      .int()
      .min(8)
      .max(4_096)
      .optional()
      .describe('Default: twice the 95th percentile of gold'),
    outputMode: z.enum(['json', 'plain']).optional().describe('Default: json where the model supports it'),
    parser: z.enum(['clean', 'raw']).default('clean'),
    filters: z.enum(['on', 'off']).default('on'),
    lengthPercentiles: z.tuple([percentile, percentile]).default([0.5, 99.5]),
    leakWords: z.int().min(5).max(50).default(13),
    nearDuplicateMin: z.number().min(0.5).max(1).default(0.8),
    sourceCopyMax: z.number().min(0.5).max(1).default(0.9),
    judge: z.enum(['llm', 'gold-student', 'off']).default('llm'),
    judgeVotes: z.union([z.literal(1), z.literal(3), z.literal(5)]).default(3),
    artefactGapMaxPoints: z.number().min(0).max(50).default(5),
    onArtefact: z.enum(['block', 'discard', 'warn']).default('block'),
    preflight: z.enum(['block', 'warn']).default('block').describe('warn: weak models go on'),
    style: z.enum(['clean', 'paper']).default('clean').describe('paper: its prompts, one user message'),
    student: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .default({})
      .describe('Options of the student: epochs, rate, batch'),
    badRowShareMax: share.default(BAD_ROW_SHARE_MAX_DEFAULT),
  })
  .superRefine((params, context) => {
    for (const [path, message] of faultsOf(params))
      context.addIssue({ code: 'custom', path: [path], message });
  });

export type ErrorExtrapolationParams = z.infer<typeof errorExtrapolationParamsSchema>;

export const errorExtrapolationPresets: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  /** The defaults: filtered, judged, guarded against noise, with gold in the training. */
  clean: {},
  /** As the paper and its code do it. Split, metric and output mode follow from `style` and `selectOn`. */
  paper: {
    style: 'paper',
    selectOn: 'mine',
    lengthHint: 'none',
    roundsMax: 2,
    stopGainPoints: null,
    errorSelection: 'all',
    errorsPerRoundMax: null,
    errorsMin: 0,
    variants: { near: 1 },
    noiseGuard: 'off',
    returnRound: 'last',
    extraShareMin: 0,
    extraShareMax: 1,
    composition: 'synthetic-only',
    studentSeeds: [1],
    replicates: 1,
    outputMode: 'plain',
    parser: 'raw',
    filters: 'off',
    judge: 'off',
    onArtefact: 'warn',
  },
  /** For the embedded model of 135M parameters: it shows the mechanics, not quality. */
  demo: {
    seedPerLabel: 30,
    reasonsPerLabel: 0,
    examplesPerPrompt: 3,
    roundsMax: 1,
    errorsPerRoundMax: 20,
    variants: { near: 1 },
    judge: 'gold-student',
    // A grammar keeps it from ending, and more heat from staying with its subject.
    outputMode: 'plain',
    temperature: 0.7,
    preflight: 'warn',
    badRowShareMax: 0.5,
  },
  /** Everything that is known to help, and every comparison. */
  thorough: {
    errorSelection: 'clustered',
    variants: { near: 1, pattern: 2, contrast: 1 },
    studentSeeds: [1, 2, 3, 4, 5],
    replicates: 3,
    arms: [...ARMS],
  },
};

/** What holds between parameters. */
function* faultsOf(params: {
  readonly task: z.infer<typeof task>;
  readonly goldSplit?: { mine: number; select: number; test: number } | undefined;
  readonly metric?: string | undefined;
  readonly extraShareMin: number;
  readonly extraShareMax: number;
  readonly lengthPercentiles: readonly [number, number];
}): Iterable<[string, string]> {
  const { kind, labels } = params.task;
  const isQa = kind === 'extractive-qa';
  if (isQa && labels.length > 0) yield ['task', 'expected no labels for extractive-qa'];
  if (!isQa && labels.length < LABELS_MIN)
    yield ['task', `expected ${LABELS_MIN} to ${LABELS_MAX} labels, got ${labels.length}`];
  if (new Set(labels.map(({ id }) => id)).size < labels.length)
    yield ['task', 'expected different label ids'];
  if (params.goldSplit !== undefined) {
    const sum = params.goldSplit.mine + params.goldSplit.select + params.goldSplit.test;
    if (Math.abs(sum - 1) > 1e-6) yield ['goldSplit', `expected shares with the sum 1, got ${sum}`];
    if (params.goldSplit.mine <= 0) yield ['goldSplit', 'expected a share of mine above 0'];
  }
  if (params.metric !== undefined && isQa !== ['em', 'f1'].includes(params.metric))
    yield ['metric', isQa ? 'expected em or f1 for extractive-qa' : 'expected accuracy or macro-f1'];
  if (params.extraShareMin > params.extraShareMax)
    yield [
      'extraShareMin',
      `expected at most extraShareMax (${params.extraShareMax}), got ${params.extraShareMin}`,
    ];
  if (params.lengthPercentiles[0] >= params.lengthPercentiles[1])
    yield ['lengthPercentiles', 'expected the lower percentile first'];
}
