import { sql } from 'kysely';
import { z } from 'zod';
import type { Api, ApiContext } from './context';

const readySchema = z.object({ ready: z.boolean(), database: z.string(), temporal: z.string() });

async function ask(question: () => Promise<unknown>): Promise<string> {
  try {
    await question();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function healthRoutes(app: Api, context: ApiContext): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The process answers',
        response: { 200: z.object({ ok: z.boolean() }) },
      },
    },
    async () => ({ ok: true }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary: 'Database and Temporal answer; 503 otherwise',
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_request, reply) => {
      const [database, temporal] = await Promise.all([
        ask(() => sql`select 1`.execute(context.db)),
        ask(() => context.workflows.ping()),
      ]);
      const ready = database === 'ok' && temporal === 'ok';
      return reply.code(ready ? 200 : 503).send({ ready, database, temporal });
    },
  );
}
