import { z } from 'zod';
import {
  budgetSchema,
  JOB_MODES,
  jobBodySchema,
  jobInputSchema,
  type JobBody,
  type StudentChoice,
} from '../core/job-body';
import type { Strategy } from '../core/strategy';
import { type BudgetRow, readBudget, readControl } from '../infra/database/control';
import { frozenOf, type JobRow, readJob } from '../infra/database/jobs';
import { type Api, type ApiContext, TENANT } from './context';
import { createJobViewer, jobViewSchema } from './job-view';
import { idempotencyHeaders, jobParams } from './jobs';
import { submitJob } from './submit-job';

const { models, students, seed, concurrency, preset } = jobBodySchema.shape;
const forkSchema = z
  .strictObject({
    preset,
    mode: z.enum(JOB_MODES).optional(),
    params: z.record(z.string(), z.unknown()).optional(),
    models: z.record(z.string(), models.unwrap().valueType.nullable()).optional(),
    students: z.record(z.string(), students.unwrap().valueType.nullable()).optional(),
    inputs: z.record(z.string(), jobInputSchema.nullable()).optional(),
    budget: z
      .strictObject({
        usd: budgetSchema.shape.usd.nullable(),
        calls: budgetSchema.shape.calls.nullable(),
        tokens: budgetSchema.shape.tokens.nullable(),
      })
      .optional(),
    seed: seed.unwrap().optional(),
    concurrency,
    tags: z.record(z.string().max(64), z.string().max(256).nullable()).optional(),
  })
  .describe('What is to differ: values go over those of the old job name by name, null takes one away.');
export type ForkChange = z.infer<typeof forkSchema>;

export function forkRoutes(app: Api, context: ApiContext): void {
  const view = createJobViewer(context);
  app.post(
    '/jobs/:id/fork',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Starts a new job from this one with some things changed; finished calls are reused',
        description:
          'From any state of the old job, which goes on as it is. The same checks as POST /jobs. A call whose request has not changed is taken from the ledger and not paid again.',
        params: jobParams,
        headers: idempotencyHeaders,
        body: forkSchema,
        response: { 200: jobViewSchema, 201: jobViewSchema, 202: jobViewSchema },
      },
    },
    async (request, reply) => {
      const old = await readJob(context.db, TENANT, request.params.id);
      const origin = { forkedFrom: old.id, asked: { fork: old.id, ...request.body } };
      const body = await forkedBody(context, old, request.body);
      const submitted = await submitJob(context, body, request.headers['idempotency-key'], origin);
      const job = await view(await readJob(context.db, TENANT, submitted.id));
      const status = !submitted.created ? 200 : submitted.started ? 201 : 202;
      return reply.code(status).header('location', job.links.self).send(job);
    },
  );
}

/** The old job's body as somebody would post it now, with the changes. */
async function forkedBody(context: ApiContext, old: JobRow, change: ForkChange): Promise<JobBody> {
  const frozen = frozenOf(old);
  const [budget, control] = await Promise.all([
    readBudget(context.db, TENANT, old.id),
    readControl(context.db, TENANT, old.id),
  ]);
  const caps = merged<number>(capsOf(budget), change.budget);
  const strategy = context.strategies.find(({ name }) => name === frozen.strategy);
  const inputs = Object.fromEntries(
    Object.entries(frozen.inputs).map(([role, ids]) => [role, ids.map((id) => `file:${id}`)]),
  );
  return {
    strategy: frozen.strategy,
    ...(change.preset === undefined ? {} : { preset: change.preset }),
    params: paramsOf(strategy, { ...(frozen.params as object), ...promptsOf(frozen.prompts) }, change),
    inputs: merged<JobBody['inputs'][string]>(inputs, change.inputs),
    models: merged(frozen.models, change.models),
    students: merged<StudentChoice>(frozen.students ?? {}, change.students),
    ...(Object.keys(caps).length === 0 ? {} : { budget: caps }),
    seed: change.seed ?? frozen.seed,
    mode: change.mode ?? frozen.mode ?? 'online',
    concurrency: change.concurrency ?? control.concurrency,
    tags: merged(frozen.tags, change.tags),
  };
}

const promptsOf = (prompts: Readonly<Record<string, string>>) =>
  Object.keys(prompts).length === 0 ? {} : { prompts };

/** A named preset's values go over the old ones, and the change's own over both. */
function paramsOf(
  strategy: Strategy | undefined,
  old: Readonly<Record<string, unknown>>,
  { preset: name, params }: ForkChange,
): Record<string, unknown> {
  const values = name === undefined ? undefined : strategy?.presets[name];
  const kept = Object.entries(old).filter(([key]) => values === undefined || !Object.hasOwn(values, key));
  return merged(Object.fromEntries(kept), params);
}

/** Name by name: null takes a name away. */
function merged<T>(
  old: Readonly<Record<string, T>>,
  change: Readonly<Record<string, T | null | undefined>> = {},
): Record<string, T> {
  const entries = Object.entries({ ...old, ...change });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, T] => entry[1] !== null && entry[1] !== undefined),
  );
}

/** The caps as they are now: a raised one is what its owner wished last. */
function capsOf({ usd_max: usd, calls_max: calls, tokens_max: tokens }: BudgetRow): Record<string, number> {
  return {
    ...(usd === null ? {} : { usd }),
    ...(calls === null ? {} : { calls }),
    ...(tokens === null ? {} : { tokens }),
  };
}
