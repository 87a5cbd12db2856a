import { jobBodySchema } from '../core/job-body';
import { admitJob } from './admit-job';
import type { Api, ApiContext } from './context';
import { estimateSchema } from './estimate';

export function estimateRoutes(app: Api, context: ApiContext): void {
  app.post(
    '/estimates',
    {
      schema: {
        tags: ['catalogue'],
        summary: 'What a job would take; the body is that of POST /v1/jobs, and nothing is started',
        body: jobBodySchema,
        response: { 200: estimateSchema },
      },
    },
    async (request) => (await admitJob(context, request.body, { budget: false })).estimate,
  );
}
