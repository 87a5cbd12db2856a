import { z } from 'zod';
import { jobBodySchema } from '../core/job-body';
import { admitJob } from './admit-job';
import type { Api, ApiContext } from './context';
import { estimateSchema } from './estimate';
import { pilotSchema, startPilot, viewPilot } from './estimate-pilot';

const bodySchema = jobBodySchema.extend({
  pilot: z.boolean().optional().describe('run about 20 rows for real and estimate from what they took'),
});

export function estimateRoutes(app: Api, context: ApiContext): void {
  app.post(
    '/estimates',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'What a job would take; the body is that of POST /v1/jobs, and nothing is started',
        description:
          '200: the estimate. With "pilot": true, 202: a small real job has been started under a budget of its own (the same body gives the same pilot); its answers stay in the ledger, so that the whole job does not pay for them again. GET /v1/estimates/:id gives the estimate that it measures.',
        body: bodySchema,
        response: { 200: estimateSchema, 202: pilotSchema },
      },
    },
    async (request, reply) => {
      const { pilot, ...body } = request.body;
      if (pilot !== true) return (await admitJob(context, body, { budget: false })).estimate;
      const view = await startPilot(context, body);
      return reply.code(202).header('location', view.links.self).send(view);
    },
  );
  app.get(
    '/estimates/:id',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'The estimate of a job from its pilot; `final` once the pilot has ended',
        params: z.object({ id: z.string().max(128) }),
        response: { 200: pilotSchema },
      },
    },
    async (request) => viewPilot(context, request.params.id),
  );
}
