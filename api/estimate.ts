/** What a job would take: calls, tokens and dollars, stage by stage, each with the prices of the model it calls. */
import { z } from 'zod';
import { measuredCalls, measuredTokens } from '../core/measurement';
import { dollars, type Prices } from '../core/price';
import type { InputSize, Measurements, Range, StageEstimate, Strategy } from '../core/strategy';
import { type ConfiguredModel, pricesSchema } from './context';

const rangeSchema = z.object({ low: z.number(), high: z.number() });

const stageSchema = z.object({
  stage: z.string(),
  role: z.string(),
  model: z.string().optional(),
  calls: rangeSchema,
  inputTokens: rangeSchema,
  outputTokens: rangeSchema,
  costUsd: rangeSchema.optional().describe('absent where the model’s price is unknown: unknown, not 0'),
  measured: z.boolean().describe('true where a pilot measured tokens a call; else they are guessed'),
});

export const estimateSchema = z.object({
  calls: rangeSchema,
  inputTokens: rangeSchema,
  outputTokens: rangeSchema,
  costUsd: rangeSchema.optional().describe('absent where a price is unknown: unknown, not 0'),
  stages: z.array(stageSchema),
  prices: z
    .array(
      z.object({
        role: z.string(),
        model: z.string(),
        prices: pricesSchema.optional(),
        pricesFrom: z.string().optional().describe('configuration, or list <date>'),
      }),
    )
    .describe('what each role’s model costs, and who says so'),
  complete: z
    .boolean()
    .describe('false when inputs were larger than what was read: the estimate is of that part only'),
  notes: z.array(z.string()).describe('what the numbers leave out'),
});
export type Estimate = z.infer<typeof estimateSchema>;

export interface EstimateInput {
  readonly strategy: Strategy;
  readonly params: unknown;
  readonly sizes: Readonly<Record<string, InputSize>>;
  readonly models: Readonly<Record<string, ConfiguredModel>>;
  /** What a pilot of this job measured. */
  readonly measured?: Measurements;
}

/** What a job would take, before it spends anything. */
export function estimateJob({ strategy, params, sizes, models, measured = {} }: EstimateInput): Estimate {
  const stages = strategy
    .estimate(params, sizes, measured)
    .map((stage) => estimateStage(stage, modelOf(strategy, models, stage.role), measured));
  const costs = stages.map(({ costUsd }) => costUsd);
  const complete = Object.values(sizes).every((size) => size.complete);
  return {
    calls: sumOf(stages.map(({ calls }) => calls)),
    inputTokens: sumOf(stages.map(({ inputTokens }) => inputTokens)),
    outputTokens: sumOf(stages.map(({ outputTokens }) => outputTokens)),
    ...(costs.every((cost) => cost !== undefined) && unpricedOf(models).length === 0
      ? { costUsd: sumOf(costs) }
      : {}),
    stages,
    prices: Object.entries(models).map(([role, { name, prices, pricesFrom }]) => ({
      role,
      model: name,
      ...(prices ? { prices } : {}),
      ...(pricesFrom === undefined ? {} : { pricesFrom }),
    })),
    complete,
    notes: notesOf(models, complete),
  };
}

function modelOf(
  strategy: Strategy,
  models: EstimateInput['models'],
  role: string,
): ConfiguredModel | undefined {
  const { fallback } = strategy.models[role] ?? {};
  return models[role] ?? (fallback === undefined ? undefined : models[fallback]);
}

/** Models of a job whose price nobody has said. */
export function unpricedOf(models: Readonly<Record<string, ConfiguredModel>>): string[] {
  const names = Object.values(models).filter(({ prices }) => prices === undefined);
  return [...new Set(names.map(({ name }) => name))];
}

function estimateStage(
  given: StageEstimate,
  model: ConfiguredModel | undefined,
  measurements: Measurements,
): Estimate['stages'][number] {
  const { stage, role, rows } = given;
  const known = measurements[stage];
  const calls = known ? measuredCalls(rows, given.calls, known) : given.calls;
  const inputTokens = known ? measuredTokens(calls, known.inputTokensPerCall) : given.inputTokens;
  const outputTokens = known ? measuredTokens(calls, known.outputTokensPerCall) : given.outputTokens;
  return {
    stage,
    role,
    ...(model ? { model: model.name } : {}),
    calls: { ...calls },
    inputTokens: { ...inputTokens },
    outputTokens: { ...outputTokens },
    ...(model?.prices ? { costUsd: costOf(inputTokens, outputTokens, model.prices) } : {}),
    measured: known !== undefined,
  };
}

function sumOf(ranges: readonly Range[]): Range {
  return ranges.reduce<Range>((sum, { low, high }) => ({ low: sum.low + low, high: sum.high + high }), {
    low: 0,
    high: 0,
  });
}

/** Cached input counts as full: whether a provider's cache helps is not known before. */
function costOf(input: Range, output: Range, prices: Prices): Range {
  const cost = (side: 'low' | 'high'): number =>
    dollars({ inputTokens: input[side], cachedInputTokens: 0, outputTokens: output[side] }, prices);
  return { low: cost('low'), high: cost('high') };
}

function notesOf(models: Readonly<Record<string, ConfiguredModel>>, complete: boolean): string[] {
  const notes = [
    'Answers that the ledger already holds are not subtracted: they cost nothing, so the job may cost less.',
  ];
  for (const name of unpricedOf(models))
    notes.push(
      `Cost unknown: no price configured for ${name}. Add prices to perennial.config.yaml; until then a job can be capped in calls or tokens only.`,
    );
  for (const { name, pricesFrom } of Object.values(models)) {
    if (pricesFrom?.startsWith('list '))
      notes.push(`${name}: list price as of ${pricesFrom.slice('list '.length)}; your contract may differ.`);
  }
  if (!complete)
    notes.push(
      'The inputs are larger than what is read before a job starts: the estimate is of their beginning only.',
    );
  return [...new Set(notes)];
}
