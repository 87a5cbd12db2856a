import { z } from 'zod';
import { Problem } from '../core/problem';
import { isDatasetStage, type Strategy } from '../core/strategy';
import type { Api, ApiContext } from './context';
import { unknownName } from './zod-problem';

const summarySchema = z.object({
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  paper: z.object({ title: z.string(), arxiv: z.string() }).optional(),
  presets: z.array(z.string()),
});
const strategySchema = summarySchema.extend({
  version: z.int(),
  presets: z.record(z.string(), z.unknown()),
  /** JSON Schema of `params`. */
  params: z.unknown(),
  inputs: z.unknown(),
  models: z.unknown(),
  students: z.unknown(),
  prompts: z.record(z.string(), z.string()),
  stages: z.array(z.object({ name: z.string(), kind: z.string(), title: z.string(), dataset: z.boolean() })),
  codes: z.record(z.string(), z.string()),
  examples: z.array(z.unknown()),
});

/** @throws Problem `strategy-unknown` that suggests the nearest name. */
export function findStrategy(strategies: readonly Strategy[], name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name);
  if (found) return found;
  const known = strategies.map((strategy) => strategy.name);
  throw new Problem('strategy-unknown', `strategy: ${unknownName(name, known)}`, 'strategy');
}

function summaryOf(strategy: Strategy) {
  const { name, title, summary, paper } = strategy;
  return { name, title, summary, ...(paper ? { paper } : {}), presets: Object.keys(strategy.presets) };
}

function detailOf(strategy: Strategy): z.infer<typeof strategySchema> {
  return {
    ...summaryOf(strategy),
    version: strategy.version,
    presets: { ...strategy.presets },
    params: z.toJSONSchema(strategy.params, { io: 'input', unrepresentable: 'any' }),
    inputs: strategy.inputs,
    models: strategy.models,
    students: strategy.students ?? {},
    prompts: { ...strategy.prompts },
    stages: Object.entries(strategy.stages).map(([name, stage]) => ({
      name,
      kind: stage.kind,
      title: stage.title,
      dataset: isDatasetStage(stage),
    })),
    codes: { ...strategy.codes },
    examples: [...strategy.examples],
  };
}

export function strategyRoutes(app: Api, { strategies }: ApiContext): void {
  app.get(
    '/strategies',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'What can be run',
        response: { 200: z.object({ strategies: z.array(summarySchema) }) },
      },
    },
    async () => ({ strategies: strategies.map(summaryOf) }),
  );
  app.get(
    '/strategies/:name',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'Parameters as JSON Schema, presets, inputs, models, prompts, stages, codes and examples',
        params: z.object({ name: z.string() }),
        response: { 200: strategySchema },
      },
    },
    async (request) => {
      try {
        return detailOf(findStrategy(strategies, request.params.name));
      } catch (error) {
        // Here the name is an address, not a part of a body.
        throw error instanceof Problem ? new Problem('not-found', error.message) : error;
      }
    },
  );
}
