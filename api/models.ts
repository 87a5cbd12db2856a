import { z } from 'zod';
import type { Api, ApiContext } from './context';

const modelSchema = z.object({
  name: z.string(),
  provider: z.string(),
  flavour: z.string(),
  capabilities: z.array(z.string()),
  contextTokens: z.int(),
  prices: z
    .object({
      inputUsdPerMillion: z.number(),
      cachedInputUsdPerMillion: z.number().optional(),
      outputUsdPerMillion: z.number(),
    })
    .optional(),
});

export function modelRoutes(app: Api, { models }: ApiContext): void {
  app.get(
    '/models',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'Configured models; `open` lists providers that take any model name',
        response: { 200: z.object({ models: z.array(modelSchema), open: z.array(z.string()) }) },
      },
    },
    async () => ({
      models: models.list().map((model) => ({ ...model, capabilities: [...model.capabilities] })),
      open: [...models.open],
    }),
  );
}
