/** The values that hold where a default hangs on the task, the inputs or the model. Everyone reads them here. */
import type { ModelFacts } from '../../calls';
import { largestRemainder } from './largest-remainder';
import type { ErrorExtrapolationParams } from './params';
import type { Variant } from './records';

/** One label with this share of gold makes accuracy say little. */
export const MAJORITY_SHARE = 0.6;
export const ERRORS_MIN = 10;
export const ERRORS_MIN_SHARE = 0.02;
export const OUTPUT_TOKENS_MIN = 8;
export const OUTPUT_TOKENS_MAX = 4_096;
/** Twice the 95th percentile of gold's targets. */
const OUTPUT_TOKENS_FACTOR = 2;
/** Where gold's lengths are not known. */
const OUTPUT_TOKENS_UNKNOWN = 512;

export type SplitShares = Readonly<Record<'mine' | 'select' | 'test', number>>;
export type WriteVariant = Exclude<Variant, 'seed'>;
export type VariantCounts = Readonly<Partial<Record<WriteVariant, number>>>;

/** What defaults hang on; what is not known is left out. */
export interface SettingFacts {
  /** A `test` input was given. */
  readonly testFile?: boolean;
  /** Rows of mine. */
  readonly mineRows?: number;
  /** Shares of gold by label, in the task's order. */
  readonly goldShares?: readonly number[];
  /** The 95th percentile of gold's targets, in tokens; what the form of an answer takes is not in it. */
  readonly targetTokensP95?: number;
  readonly generator?: ModelFacts;
}

export interface Settings {
  readonly split: SplitShares;
  readonly metric: 'accuracy' | 'macro-f1' | 'em' | 'f1';
  readonly variants: VariantCounts;
  /** New rows an error, over all variants. */
  readonly variantsTotal: number;
  readonly errorsMin: number;
  /** In the task's order; question answering has one number, for all. */
  readonly seedRows: readonly number[];
  readonly seedRowsTotal: number;
  readonly outputMode: 'json' | 'plain';
  readonly outputTokensMax: number;
  /** gold-student cannot judge answers. */
  readonly judge: 'llm' | 'gold-student' | 'off';
  /** Reasons are for texts. */
  readonly reasonsPerLabel: number;
}

export function settingsOf(params: ErrorExtrapolationParams, facts: SettingFacts = {}): Settings {
  const isQa = params.task.kind === 'extractive-qa';
  const variants = variantsOf(params);
  const seedRows = seedRowsOf(params, facts.goldShares);
  const json = params.style === 'clean' && canJson(facts.generator);
  return {
    split: splitOf(params, facts.testFile ?? false),
    metric: metricOf(params, facts.goldShares),
    variants,
    variantsTotal: sum(Object.values(variants)),
    errorsMin: params.errorsMin ?? Math.max(ERRORS_MIN, Math.ceil(ERRORS_MIN_SHARE * (facts.mineRows ?? 0))),
    seedRows,
    seedRowsTotal: sum(seedRows),
    outputMode: params.outputMode ?? (json ? 'json' : 'plain'),
    outputTokensMax: params.outputTokensMax ?? outputTokensOf(facts.targetTokensP95),
    judge: isQa && params.judge === 'gold-student' ? 'off' : params.judge,
    reasonsPerLabel: params.task.kind === 'text' ? params.reasonsPerLabel : 0,
  };
}

/** Where scores are read off mine, no rows are set apart for them: the paper's split. */
function splitOf(params: ErrorExtrapolationParams, testFile: boolean): SplitShares {
  if (params.goldSplit !== undefined) return params.goldSplit;
  if (params.selectOn === 'mine')
    return testFile ? { mine: 1, select: 0, test: 0 } : { mine: 0.75, select: 0, test: 0.25 };
  return testFile ? { mine: 2 / 3, select: 1 / 3, test: 0 } : { mine: 0.5, select: 0.25, test: 0.25 };
}

function metricOf({ metric, style, task }: ErrorExtrapolationParams, shares: readonly number[] = []) {
  if (metric !== undefined) return metric;
  if (task.kind === 'extractive-qa') return style === 'paper' ? 'em' : 'f1';
  return style !== 'paper' && Math.max(0, ...shares) >= MAJORITY_SHARE ? 'macro-f1' : 'accuracy';
}

const VARIANTS_DEFAULT: Readonly<Record<ErrorExtrapolationParams['errorSelection'], VariantCounts>> = {
  all: { near: 1, shift: 2 },
  balanced: { near: 1, shift: 2 },
  clustered: { pattern: 3 },
  contrast: { near: 1, contrast: 1 },
};

/** Variants with at least one row. */
function variantsOf({ variants, errorSelection }: ErrorExtrapolationParams): VariantCounts {
  const given: VariantCounts = variants ?? VARIANTS_DEFAULT[errorSelection];
  return Object.fromEntries(Object.entries(given).filter(([, count]) => count > 0));
}

/** As many a label, or the same number in all by gold's shares, largest remainder first. */
function seedRowsOf(params: ErrorExtrapolationParams, shares: readonly number[] | undefined): number[] {
  const { labels } = params.task;
  if (labels.length === 0) return [params.seedPerLabel];
  const even = labels.map(() => params.seedPerLabel);
  if (params.labelPrior === 'uniform' || shares?.length !== labels.length) return even;
  return largestRemainder(params.seedPerLabel * labels.length, shares);
}

function canJson(model: ModelFacts | undefined): boolean {
  const { capabilities = [] } = model ?? {};
  return capabilities.includes('jsonSchema') || capabilities.includes('jsonMode');
}

function outputTokensOf(p95: number | undefined): number {
  if (p95 === undefined) return OUTPUT_TOKENS_UNKNOWN;
  return Math.min(OUTPUT_TOKENS_MAX, Math.max(OUTPUT_TOKENS_MIN, Math.ceil(OUTPUT_TOKENS_FACTOR * p95)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
