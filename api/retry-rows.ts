import { z } from 'zod';
import { Problem } from '../core/problem';
import { RETRY_KEYS_MAX } from '../core/story/limits';
import { JOB_STATES } from '../core/story/vocabulary';
import { type JobRow, readJob } from '../infra/database/jobs';
import { listOutcomes } from '../infra/database/rows';
import { type RetryFilter, retryRows } from '../infra/database/retry-rows';
import { type Api, type ApiContext, TENANT } from './context';
import { isClosed } from './job-view';
import { jobParams } from './jobs';

/** Who did it, in the audit trail, until there are keys with names. */
const BY = 'api';

const bodySchema = z.strictObject({
  outcome: z.enum(['failed', 'rejected']).default('failed'),
  stage: z.string().max(200).exactOptional(),
  reason: z.string().max(64).exactOptional(),
  rows: z
    .array(z.string().max(1_000))
    .min(1)
    .max(RETRY_KEYS_MAX)
    .exactOptional()
    .describe('Only the rows with these keys.'),
});
const answerSchema = z.object({
  id: z.string(),
  state: z.enum(JOB_STATES),
  retried: z.int(),
  stages: z.array(z.object({ stage: z.string(), plan: z.int(), rows: z.int() })),
  message: z.string(),
});
export type RetryAnswer = z.infer<typeof answerSchema>;

export function retryRowsRoutes(app: Api, context: ApiContext): void {
  app.post(
    '/jobs/:id/rows/retry',
    {
      schema: {
        tags: ['results'],
        summary: 'Opens failed or rejected rows again',
        description:
          'A failed row asks the calls again that had no answer. A rejected row asks for new answers: its draws are others, and equal retries of equal jobs have equal draws; without sampling (temperature 0) it gets the answer it has. 409 once a later stage has read the rows: fork then.',
        params: jobParams,
        body: bodySchema,
        response: { 200: answerSchema },
      },
    },
    async (request) => retry(context, await readJob(context.db, TENANT, request.params.id), request.body),
  );
}

async function retry(
  { db }: ApiContext,
  job: JobRow,
  { rows, ...body }: z.infer<typeof bodySchema>,
): Promise<RetryAnswer> {
  const keys = rows && [...new Set(rows)];
  const filter: RetryFilter = { ...body, ...(keys ? { rows: keys } : {}) };
  const stages = await retryRows(db, TENANT, job.id, filter, BY);
  const retried = stages.reduce((sum, stage) => sum + stage.rows, 0);
  if (keys && retried === 0) await refuseUnknown(db, job, filter, keys);
  const { state } = await readJob(db, TENANT, job.id);
  return { id: job.id, state, retried, stages, message: messageOf({ id: job.id, state }, retried, filter) };
}

/** Named rows of which none fits are a mistake, and the first one shows which. */
async function refuseUnknown(
  db: ApiContext['db'],
  { id }: JobRow,
  { outcome }: RetryFilter,
  [key = '']: readonly string[],
): Promise<never> {
  const [found] = await listOutcomes(db, TENANT, id, { key }, undefined, 1);
  const got = found ? `"${key}", which is ${found.state}` : `"${key}", which has not ended`;
  throw new Problem('params-invalid', `rows: expected keys of ${outcome} rows that fit, got ${got}.`, 'rows');
}

function messageOf(job: Pick<JobRow, 'id' | 'state'>, retried: number, { outcome }: RetryFilter): string {
  if (retried === 0) return `no ${outcome} row fits; GET /v1/jobs/${job.id}/rows shows those there are.`;
  const open = `${retried} ${retried === 1 ? 'row is' : 'rows are'} open again`;
  const waits = isClosed(job) || job.state === 'paused' || job.state === 'blocked';
  return waits
    ? `${open}; POST /v1/jobs/${job.id}/resume goes on with them.`
    : `${open}; the job takes them up by itself.`;
}
