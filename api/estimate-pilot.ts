/** A pilot: the job made small, run for real, so that its calls tell what the whole will take. Its answers are kept. */
import { z } from 'zod';
import { intervalOf, sampleOf, VALUES_MIN } from '../core/measurement';
import type { Budget, JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import { CLOSED_STATES, JOB_STATES } from '../core/story/vocabulary';
import { type Measurements, type Sample, stageOf, type Strategy } from '../core/strategy';
import { readBudget } from '../infra/database/control';
import { findIdempotent } from '../infra/database/idempotency';
import { frozenOf, type JobRow, readJob } from '../infra/database/jobs';
import { readMeasuredRows } from '../infra/database/measured-calls';
import { listStages } from '../infra/database/stages';
import { admitJob } from './admit-job';
import { type ApiContext, type ConfiguredModel, TENANT } from './context';
import { type Estimate, estimateJob, estimateSchema } from './estimate';
import { pricedNow, viewCost } from './job-cost';
import { findStrategy } from './strategies';
import { hashBody, storeJob } from './submit-job';

/** Rows of the dataset that a pilot makes. */
const PILOT_ROWS = 20;
/** A pilot may take this many times what it is estimated to take at most, then it blocks. */
const PILOT_SLACK = 2;
const PILOT_TAG = 'pilot';

const meanSchema = z.object({ mean: z.number(), low: z.number(), high: z.number() });
export const pilotSchema = z.object({
  pilot: z.object({
    id: z.string(),
    state: z.enum(JOB_STATES),
    problem: z.string().optional(),
    cost: z.object({ usd: z.number().nullable(), calls: z.int() }),
  }),
  final: z.boolean().describe('true once the pilot has ended; until then the estimate is the one without it'),
  estimate: estimateSchema.describe('of the whole job'),
  measured: z
    .array(
      z.object({
        stage: z.string(),
        calls: z.int(),
        callsEstimated: z.int().describe('of these, calls whose tokens were counted here'),
        callsPerRow: meanSchema,
        inputTokensPerCall: meanSchema,
        outputTokensPerCall: meanSchema,
      }),
    )
    .describe('means with their 95 % intervals (Student)'),
  links: z.object({ self: z.string(), job: z.string() }),
});
export type PilotView = z.infer<typeof pilotSchema>;

/** Starts the pilot of a job; the same body gives the same pilot. @throws Problem as POST /v1/jobs does */
export async function startPilot(context: ApiContext, body: JobBody): Promise<PilotView> {
  const bodyHash = hashBody(body);
  const key = `pilot-${bodyHash}`;
  const earlier = await findIdempotent(context.db, TENANT, key);
  if (earlier) return viewPilot(context, earlier.job);
  const whole = await admitJob(context, body, { budget: false });
  const { params, items } = whole.strategy.pilot(whole.params, PILOT_ROWS);
  const prompts = Object.keys(whole.prompts).length > 0 ? { prompts: whole.prompts } : {};
  const small: JobBody = {
    strategy: body.strategy,
    params: { ...(params as Record<string, unknown>), ...prompts },
    inputs: await whole.inputs.cut(items),
    models: body.models,
    ...(body.students === undefined ? {} : { students: body.students }),
    seed: body.seed,
    mode: 'online', // a pilot is to be over in minutes
    ...(body.concurrency === undefined ? {} : { concurrency: body.concurrency }),
    tags: { ...body.tags, [PILOT_TAG]: 'true' },
  };
  const { estimate } = await admitJob(context, small, { budget: false });
  const budget = pilotBudget(estimate, body.budget);
  const admission = await admitJob(context, { ...small, budget }, { budget: true });
  const pilotOf = { params: whole.params, inputs: whole.sizes };
  const { id } = await storeJob(context, admission, { idempotency: { key, bodyHash } }, { pilotOf });
  return viewPilot(context, id);
}

/**
 * A lid of its own, and never above the job's. In calls only: a dollar cap near what so few calls cost would be reached by
 * the reservation of one.
 */
function pilotBudget({ calls }: Estimate, given: Budget = {}): Budget {
  const callsMax = Math.max(PILOT_ROWS, Math.ceil(calls.high * PILOT_SLACK));
  return { ...given, calls: Math.min(callsMax, given.calls ?? Infinity) };
}

/** @throws Problem `job-not-found`, also for a job that is no pilot */
export async function viewPilot(context: ApiContext, id: string): Promise<PilotView> {
  const job = await readJob(context.db, TENANT, id);
  const { pilotOf, models: names } = frozenOf(job);
  if (!pilotOf) {
    throw new Problem(
      'job-not-found',
      `job ${id} is no pilot. POST /v1/estimates with the job's body and "pilot": true starts one.`,
    );
  }
  const strategy = findStrategy(context.strategies, job.strategy);
  const models = Object.fromEntries(
    Object.entries(names).map(([role, name]): [string, ConfiguredModel] => [role, context.models.find(name)]),
  );
  const final = CLOSED_STATES.includes(job.state);
  const { measured, shown } = final ? await measure(context, job, strategy) : NOTHING_MEASURED;
  const { usd, calls } = viewCost(await readBudget(context.db, TENANT, id), pricedNow(context, names)).cost;
  return {
    pilot: {
      id,
      state: job.state,
      ...(problemOf(job) === undefined ? {} : { problem: problemOf(job) }),
      cost: { usd, calls },
    },
    final,
    estimate: estimateJob({
      strategy,
      params: pilotOf.params,
      sizes: pilotOf.inputs,
      models,
      measured,
    }),
    measured: shown,
    links: { self: `/v1/estimates/${id}`, job: `/v1/jobs/${id}` },
  };
}

const NOTHING_MEASURED = { measured: {}, shown: [] };

function problemOf(job: JobRow): string | undefined {
  if (job.block !== null) return (JSON.parse(job.block) as { message: string }).message;
  return job.problem ?? undefined;
}

async function measure(
  { db }: ApiContext,
  job: JobRow,
  strategy: Strategy,
): Promise<{ measured: Measurements; shown: PilotView['measured'] }> {
  const measured: Record<string, Measurements[string]> = {};
  const shown: PilotView['measured'] = [];
  const begun = (await listStages(db, job.tenant, job.id)).map((row) => row.stage);
  for (const stage of new Set([...Object.keys(strategy.stages), ...begun])) {
    if (stageOf(strategy, stage)?.kind !== 'rows') continue;
    const { callsPerRow, calls } = await readMeasuredRows(db, job.tenant, job.id, stage);
    if (calls.length < VALUES_MIN) continue;
    const found = {
      callsPerRow: sampleOf(callsPerRow),
      inputTokensPerCall: sampleOf(calls.map(({ inputTokens }) => inputTokens)),
      outputTokensPerCall: sampleOf(calls.map(({ outputTokens }) => outputTokens)),
    };
    measured[stage] = found;
    shown.push({
      stage,
      calls: calls.length,
      callsEstimated: calls.filter(({ estimated }) => estimated).length,
      callsPerRow: meanOf(found.callsPerRow),
      inputTokensPerCall: meanOf(found.inputTokensPerCall),
      outputTokensPerCall: meanOf(found.outputTokensPerCall),
    });
  }
  return { measured, shown };
}

function meanOf(sample: Sample): z.infer<typeof meanSchema> {
  return { mean: sample.mean, ...intervalOf(sample) };
}
