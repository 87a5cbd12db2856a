import { z } from 'zod';
import { jobBodySchema } from '../core/job-body';
import { JOB_STATES } from '../core/story/vocabulary';
import { readBudgets } from '../infra/database/control';
import { countRowsOfJobs } from '../infra/database/job-counts';
import { listJobs, readJob } from '../infra/database/jobs';
import { type Api, type ApiContext, TENANT } from './context';
import { limitSchema, readCursor, writeCursor } from './cursor';
import { createJobViewer, jobSummarySchema, jobViewSchema, summarize } from './job-view';
import { submitJob } from './submit-job';

const IDEMPOTENCY_KEY_CHARACTERS_MAX = 200;
export const jobParams = z.object({ id: z.string().max(128) });
export const idempotencyHeaders = z.object({
  'idempotency-key': z.string().min(1).max(IDEMPOTENCY_KEY_CHARACTERS_MAX).optional(),
});
const cursorSchema = z.object({ createdAt: z.number(), id: z.string() });

export function jobRoutes(app: Api, context: ApiContext): void {
  listRoute(app, context);
  const view = createJobViewer(context);
  app.post(
    '/jobs',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Starts a job; every fault that can be found for nothing is refused first',
        description:
          '201: a new job. 202: stored, and started as soon as Temporal is back. 200: the job an earlier request with this Idempotency-Key made.',
        headers: idempotencyHeaders,
        body: jobBodySchema,
        response: { 200: jobViewSchema, 201: jobViewSchema, 202: jobViewSchema },
      },
    },
    async (request, reply) => {
      const submitted = await submitJob(context, request.body, request.headers['idempotency-key']);
      const job = await view(await readJob(context.db, TENANT, submitted.id));
      const status = !submitted.created ? 200 : submitted.started ? 201 : 202;
      return reply.code(status).header('location', job.links.self).send(job);
    },
  );
  app.get(
    '/jobs/:id',
    {
      schema: {
        tags: ['jobs'],
        summary: 'State, stages with counts and reasons, cost, pace, links',
        params: jobParams,
        response: { 200: jobViewSchema },
      },
    },
    async (request) => view(await readJob(context.db, TENANT, request.params.id)),
  );
}

function listRoute(app: Api, context: ApiContext): void {
  app.get(
    '/jobs',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Jobs, newest first',
        querystring: z.object({
          state: z.enum(JOB_STATES).optional(),
          strategy: z.string().optional(),
          limit: limitSchema,
          cursor: z.string().optional(),
        }),
        response: { 200: z.object({ jobs: z.array(jobSummarySchema), next: z.string().optional() }) },
      },
    },
    async (request) => {
      const { state, strategy, limit, cursor } = request.query;
      const before = readCursor(cursor, cursorSchema);
      const found = await listJobs(context.db, TENANT, {
        limit: limit + 1,
        ...(state ? { state } : {}),
        ...(strategy ? { strategy } : {}),
        ...(before ? { before } : {}),
      });
      const page = found.slice(0, limit);
      const ids = page.map((job) => job.id);
      const counts = await countRowsOfJobs(context.db, TENANT, ids);
      const budgets = await readBudgets(context.db, TENANT, ids);
      const last = page.at(-1);
      return {
        jobs: page.map((job) => summarize(context, job, counts.get(job.id)!, budgets.get(job.id)!)),
        ...(found.length > limit && last
          ? { next: writeCursor({ createdAt: last.created_at, id: last.id }) }
          : {}),
      };
    },
  );
}
