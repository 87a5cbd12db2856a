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

const studentSchema = z.object({
  name: z.string(),
  kind: z.string(),
  tasks: z.array(z.string()).describe('what it can learn to predict'),
  bases: z.array(z.string()).describe('base models that a job may name; none: it takes no base'),
});

export function modelRoutes(app: Api, { models, students }: ApiContext): void {
  app.get(
    '/models',
    {
      schema: {
        tags: ['catalogue'],
        summary:
          'Configured models; `open` lists providers that take any model name; students that jobs can train',
        response: {
          200: z.object({
            models: z.array(modelSchema),
            open: z.array(z.string()),
            students: z.array(studentSchema),
          }),
        },
      },
    },
    async () => ({
      models: models.list().map((model) => ({ ...model, capabilities: [...model.capabilities] })),
      open: [...models.open],
      students: students.list().map((student) => ({
        ...student,
        tasks: [...student.tasks],
        bases: [...student.bases],
      })),
    }),
  );
}
