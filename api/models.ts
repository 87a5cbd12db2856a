import { z } from 'zod';
import { type Api, type ApiContext, pricesSchema } from './context';

const modelSchema = z.object({
  name: z.string(),
  provider: z.string(),
  flavour: z.string(),
  capabilities: z.array(z.string()),
  contextTokens: z.int(),
  prices: pricesSchema.optional().describe('absent: the cost is unknown, not 0'),
  pricesFrom: z
    .string()
    .optional()
    .describe('`configuration`, or `list <date>`: the list price as of that day'),
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
