import { z } from 'zod';
import { budgetSchema } from '../core/job-body';
import { Problem } from '../core/problem';
import { JOB_CONCURRENCY_MAX } from '../core/story/limits';
import { JOB_STATES } from '../core/story/vocabulary';
import { writeBudget, writeWish } from '../infra/database/control';
import { changeState, type JobRow, readJob } from '../infra/database/jobs';
import { type Api, type ApiContext, TENANT } from './context';
import { isClosed } from './job-view';
import { jobParams } from './jobs';
import { refuseBudget, resumeJob } from './resume-job';

/** Who did it, in the audit trail, until there are keys with names. */
const BY = 'api';
const PRIORITY_MAX = 5;

const controlSchema = z.object({ id: z.string(), state: z.enum(JOB_STATES), message: z.string() });
const resumeSchema = z
  .strictObject({ choice: z.string().max(64).optional(), budget: budgetSchema.optional() })
  .describe('choice: one of the block’s choices; without one the job tries again');
const patchSchema = z
  .strictObject({
    concurrency: z.int().min(1).max(JOB_CONCURRENCY_MAX).optional(),
    budget: budgetSchema.optional(),
    priority: z.int().min(1).max(PRIORITY_MAX).optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'at least one of concurrency, budget, priority');

interface Answer {
  readonly status: 200 | 202;
  readonly message: string;
}
const done = (message: string): Answer => ({ status: 200, message });
const pending = (message: string): Answer => ({ status: 202, message });

async function pauseJob({ db, workflows }: ApiContext, job: JobRow): Promise<Answer> {
  refuseClosed(job, 'paused');
  if (job.state === 'blocked')
    return done('the job is blocked: nothing is being sent, and resume continues it.');
  await writeWish(db, TENANT, job.id, { paused: true }, BY);
  if (job.state === 'paused') return done('the job was paused already.');
  try {
    const delivery = await workflows.pause(job.id);
    if (delivery === 'done') return done('paused; answers on their way are still taken.');
  } catch (error) {
    if (!isTemporalAway(error)) throw error;
  }
  return pending('no more calls are sent; the state follows when a worker answers.');
}

async function cancelJob({ db, workflows }: ApiContext, job: JobRow): Promise<Answer> {
  if (job.state === 'cancelled') return done('the job was cancelled already.');
  refuseClosed(job, 'cancelled');
  await writeWish(db, TENANT, job.id, { ending: true }, BY);
  if (job.state === 'queued' && job.started === 0) {
    await changeState(db, TENANT, job.id, { state: 'cancelled' });
    return done('cancelled before it started.');
  }
  const delivered = await workflows.cancel(job.id).catch((error: unknown) => {
    if (!isTemporalAway(error)) throw error;
    return 'away' as const;
  });
  if (delivered === 'away') return pending('no more calls are sent; the job ends when Temporal is back.');
  if (delivered === 'done')
    return pending(
      'no more calls are sent; the job ends as cancelled in a moment. What it has made is kept.',
    );
  await changeState(db, TENANT, job.id, { state: 'cancelled' });
  return done('cancelled. What it has made is kept.');
}

async function failJob({ db, workflows }: ApiContext, job: JobRow): Promise<Answer> {
  refuseClosed(job, 'given up');
  if (job.state === 'queued') {
    throw new Problem('conflict', `job ${job.id} has not started; use POST /v1/jobs/${job.id}/cancel.`);
  }
  await writeWish(db, TENANT, job.id, { ending: true }, BY);
  const delivery = await workflows.fail(job.id).catch((error: unknown) => {
    if (!isTemporalAway(error)) throw error;
    return 'pending' as const;
  });
  if (delivery === 'done') return done('given up. What it has made is kept, and resume continues it.');
  if (delivery === 'pending') return pending('no more calls are sent; the job ends when a worker answers.');
  await changeState(db, TENANT, job.id, {
    state: 'failed',
    problem: 'given up by a person; resume continues it.',
  });
  return done('given up. What it has made is kept, and resume continues it.');
}

async function patchJob(
  context: ApiContext,
  job: JobRow,
  { budget, concurrency, priority }: z.infer<typeof patchSchema>,
): Promise<Answer> {
  const { db } = context;
  refuseClosed(job, 'changed');
  if (budget) await refuseBudget(context, job, budget, false);
  if (budget) await writeBudget(db, TENANT, job.id, budget, BY);
  if (concurrency !== undefined || priority !== undefined) {
    const wish = {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(priority === undefined ? {} : { priority }),
    };
    await writeWish(db, TENANT, job.id, wish, BY);
  }
  return done('changed; workers act on it within a second.');
}

const RESUMED = {
  done: done('the job goes on.'),
  pending: pending('stored; the job goes on when a worker answers.'),
  nothing: done('the job is running already.'),
} as const;

function refuseClosed(job: JobRow, verb: string): void {
  if (!isClosed(job)) return;
  const hint = job.state === 'succeeded' ? '' : ` POST /v1/jobs/${job.id}/resume continues it.`;
  throw new Problem('conflict', `job ${job.id} is ${job.state} and cannot be ${verb}.${hint}`);
}

function isTemporalAway(error: unknown): boolean {
  return error instanceof Problem && error.code === 'temporal-unavailable';
}

export function jobControlRoutes(app: Api, context: ApiContext): void {
  const response = { 200: controlSchema, 202: controlSchema };
  const answer = async (id: string, act: (job: JobRow) => Promise<Answer>) => {
    const { status, message } = await act(await readJob(context.db, TENANT, id));
    const { state } = await readJob(context.db, TENANT, id);
    return { status, body: { id, state, message } };
  };
  const verbs = [
    ['pause', 'Stops sending calls; 202 when no worker has answered yet', pauseJob],
    ['cancel', 'Ends the job; what it has made is kept', cancelJob],
    ['fail', 'Gives up a blocked, paused or running job', failJob],
  ] as const;
  for (const [verb, summary, act] of verbs) {
    app.post(
      `/jobs/:id/${verb}`,
      { schema: { tags: ['jobs'], summary, params: jobParams, response } },
      async (request, reply) => {
        const { status, body } = await answer(request.params.id, (job) => act(context, job));
        return reply.code(status).send(body);
      },
    );
  }
  app.post(
    '/jobs/:id/resume',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Continues a paused, blocked, failed, cancelled or terminated job',
        params: jobParams,
        body: resumeSchema,
        response,
      },
    },
    async (request, reply) => {
      const { status, body } = await answer(
        request.params.id,
        async (job) => RESUMED[await resumeJob(context, job, request.body, BY)],
      );
      return reply.code(status).send(body);
    },
  );
  app.patch(
    '/jobs/:id',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Changes concurrency, budget or priority of an open job',
        params: jobParams,
        body: patchSchema,
        response,
      },
    },
    async (request, reply) => {
      const { status, body } = await answer(request.params.id, (job) => patchJob(context, job, request.body));
      return reply.code(status).send(body);
    },
  );
}
