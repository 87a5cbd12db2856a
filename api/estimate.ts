import { z } from 'zod';
import type { Budget } from '../core/job-body';
import { Problem } from '../core/problem';
import type { InputSize, Range, StageEstimate, Strategy } from '../core/strategy';
import type { ConfiguredModel } from './context';

const MILLION = 1_000_000;
const rangeSchema = z.object({ low: z.number(), high: z.number() });

export const estimateSchema = z.object({
  calls: rangeSchema,
  inputTokens: rangeSchema,
  outputTokens: rangeSchema,
  /** Absent where a model has no configured price. */
  costUsd: rangeSchema.optional(),
  stages: z.array(
    z.object({ stage: z.string(), calls: rangeSchema, inputTokens: rangeSchema, outputTokens: rangeSchema }),
  ),
  /** False when inputs were larger than what was read: the estimate is then of that part only. */
  complete: z.boolean(),
});
export type Estimate = z.infer<typeof estimateSchema>;

/** What a job would take, before anything is spent. */
export function estimateJob(
  strategy: Strategy,
  params: unknown,
  sizes: Readonly<Record<string, InputSize>>,
  models: Readonly<Record<string, ConfiguredModel>>,
): Estimate {
  const stages = strategy.estimate(params, sizes).map((stage) => ({ ...stage }));
  const inputTokens = sum(stages, 'inputTokens');
  const outputTokens = sum(stages, 'outputTokens');
  const costUsd = costOf(inputTokens, outputTokens, Object.values(models));
  return {
    calls: sum(stages, 'calls'),
    inputTokens,
    outputTokens,
    ...(costUsd ? { costUsd } : {}),
    stages,
    complete: Object.values(sizes).every((size) => size.complete),
  };
}

function sum(stages: readonly StageEstimate[], part: 'calls' | 'inputTokens' | 'outputTokens'): Range {
  return stages.reduce<Range>(
    (total, stage) => ({ low: total.low + stage[part].low, high: total.high + stage[part].high }),
    { low: 0, high: 0 },
  );
}

/** A stage does not say which model it calls: the cheapest of the job bounds it below, the dearest above. */
function costOf(input: Range, output: Range, models: readonly ConfiguredModel[]): Range | undefined {
  const prices = models.flatMap((model) => model.prices ?? []);
  if (prices.length === 0 || prices.length < models.length) return undefined;
  const costs = (side: 'low' | 'high'): number[] =>
    prices.map(
      (price) =>
        (input[side] * price.inputUsdPerMillion + output[side] * price.outputUsdPerMillion) / MILLION,
    );
  return { low: Math.min(...costs('low')), high: Math.max(...costs('high')) };
}

/** @throws Problem `estimate-over-budget` that names both sums and the largest stage. */
export function checkBudget(
  estimate: Estimate,
  budget: Budget | undefined,
  models: Readonly<Record<string, ConfiguredModel>>,
): void {
  if (!budget) return;
  const unpriced = Object.values(models).find((model) => model.prices === undefined);
  if (budget.usd !== undefined && unpriced) {
    throw new Problem(
      'params-invalid',
      `budget.usd: expected prices for every model, got none for ${unpriced.name}. Add them to perennial.config.yaml, or cap calls or tokens instead.`,
      'budget.usd',
    );
  }
  const tokens = estimate.inputTokens.low + estimate.outputTokens.low;
  refuseOver('calls', estimate.calls.low, budget.calls, estimate, (stage) => stage.calls.low);
  refuseOver(
    'tokens',
    tokens,
    budget.tokens,
    estimate,
    (stage) => stage.inputTokens.low + stage.outputTokens.low,
  );
  refuseOver(
    'usd',
    estimate.costUsd?.low ?? 0,
    budget.usd,
    estimate,
    (stage) => stage.inputTokens.low + stage.outputTokens.low,
  );
}

function refuseOver(
  unit: 'calls' | 'tokens' | 'usd',
  low: number,
  cap: number | undefined,
  { stages }: Estimate,
  size: (stage: StageEstimate) => number,
): void {
  if (cap === undefined || low <= cap) return;
  const [largest] = [...stages].sort((a, b) => size(b) - size(a));
  const share = largest
    ? ` The largest stage is "${largest.stage}" with at least ${largest.calls.low} calls.`
    : '';
  throw new Problem(
    'estimate-over-budget',
    `budget.${unit}: the job needs at least ${low} ${unit}, the budget allows ${cap}.${share} Raise the budget or make the job smaller.`,
    `budget.${unit}`,
  );
}
