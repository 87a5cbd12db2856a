/** If these fail, a user's job does not come to its end, takes other calls than announced, or gives other data the next time. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActivityDeps } from '../../activities';
import type { JobView } from '../../api/job-view';
import type { Estimate } from '../../api/estimate';
import type { FrozenJob } from '../../core/job-body';
import type { Report } from '../../core/report';
import type { JobSummary } from '../../core/story/ports';
import { errorExtrapolation } from '../../core/strategies/error-extrapolation';
import {
  plannedCalls,
  priorMeans,
  updateMeans,
} from '../../core/strategies/error-extrapolation/estimate-means';
import { ERROR_EXTRAPOLATION_EXAMPLES } from '../../core/strategies/error-extrapolation/examples';
import { errorExtrapolationParamsSchema } from '../../core/strategies/error-extrapolation/params';
import { placeOf } from '../../core/strategies/error-extrapolation/place';
import { openDatabase, type Database } from '../../infra/database/open-database';
import { readBudget } from '../../infra/database/control';
import { findStage, listStages } from '../../infra/database/stages';
import { expectPromisesKept } from '../support/invariants';
import { InProcess } from '../support/in-process';
import { type JobSeen, TestStack } from '../support/test-stack';
import { until } from '../support/until';

const JOB_MS_MAX = 240_000;
/** Of a stage's calls, once its plan exists. */
const PLANNED_OFF_MAX = 0.15;
const ROWS_BEFORE_RESTART = 100;
const SEED_LATENCY_MS = 300;
/** More than three times what is in flight at once. */
const SLOW_ROWS_PER_LABEL = 100;
const [TEXT, PAIR, QA] = ERROR_EXTRAPOLATION_EXAMPLES as [Body, Body, Body];
type Body = Readonly<Record<string, unknown>>;

interface Done {
  readonly job: JobView;
  readonly report: Report;
  readonly estimate: Estimate;
  /** Stage → plans, as hashes of their rows. */
  readonly plans: Readonly<Record<string, string>>;
}

const KINDS = ['text', 'pair', 'extractive-qa'] as const;
let done: Readonly<Record<(typeof KINDS)[number], Done>>;
let oneAtATime: Done;

beforeAll(async () => {
  const [text, pair, qa] = await onStack([{ ...TEXT, concurrency: 16 }, PAIR, QA]);
  done = { text: text!, pair: pair!, 'extractive-qa': qa! };
  [oneAtATime] = (await onStack([{ ...TEXT, concurrency: 1 }], restartEverything)) as [Done];
}, 2 * JOB_MS_MAX);

type Midway = (stack: TestStack, id: string) => Promise<void>;

async function restartEverything(stack: TestStack, id: string): Promise<void> {
  const rows = async () => ((await stack.job(id)).rows.accepted >= ROWS_BEFORE_RESTART ? true : undefined);
  await until(rows, { what: `${ROWS_BEFORE_RESTART} accepted rows` });
  await stack.killAll();
  await stack.start();
}

/** Runs jobs side by side in a data folder of their own. */
async function onStack(bodies: readonly Body[], midway?: Midway): Promise<Done[]> {
  const stack = await TestStack.create('');
  try {
    await stack.start();
    const db = await openDatabase(stack.databaseUrl);
    try {
      return await Promise.all(bodies.map((body) => run(stack, db, body, midway)));
    } finally {
      await db.destroy();
    }
  } finally {
    await stack.remove();
  }
}

async function run(stack: TestStack, db: Database, body: Body, midway?: Midway): Promise<Done> {
  const estimate = await stack.post<Estimate>('/estimates', body);
  const { status, body: posted } = await stack.post<JobSeen>('/jobs', body);
  expect([estimate.status, status, posted]).toEqual([200, 201, expect.anything()]);
  const { id } = posted;
  await midway?.(stack, id);
  const job = await stack.waitFor(id, ['succeeded', 'failed', 'blocked'], JOB_MS_MAX);
  expect([job.state, job.block]).toEqual(['succeeded', undefined]);
  await expectPromisesKept(db, job);
  const stages = await listStages(db, 'default', id);
  const planned = stages.filter(({ kind }) => kind === 'rows');
  return {
    job: await stack.get<JobView>(`/jobs/${id}`),
    report: await stack.get<Report>(`/jobs/${id}/report`),
    estimate: estimate.body,
    plans: Object.fromEntries(planned.map(({ stage, plan, manifest }) => [`${stage}.${plan}`, manifest!])),
  };
}

describe.each(KINDS)('a job of kind %s', (kind) => {
  it('ends with data, and in each stage every planned row has one end', () => {
    const { job, report } = done[kind];
    expect(report.records).toBeGreaterThan(0);
    expect(job.stages.length).toBeGreaterThan(10);
    for (const { stage, planned, accepted, rejected, failed, open } of job.stages)
      expect([stage, accepted + rejected + failed, open]).toEqual([stage, planned, 0]);
    expect(report.proof).toMatchObject({ balanced: true, open: 0, callsRepeated: 0, callsInDoubt: 0 });
  });

  it('takes as many calls as were announced', () => {
    const { job, estimate } = done[kind];
    expect(job.estimate.calls).toEqual(estimate.calls);
    expect(job.cost.calls).toBeGreaterThanOrEqual(estimate.calls.low);
    expect(job.cost.calls).toBeLessThanOrEqual(estimate.calls.high);
  });

  it('takes in each stage the calls that its plan lets expect', () => {
    const { job, report } = done[kind];
    const prior = priorMeans(errorExtrapolationParamsSchema.parse(job.params));
    let [rows, judged, votes] = [0, 0, 0];
    for (const { stage, planned, reasons, calls } of report.stages) {
      const step = placeOf(stage)?.step;
      if (step !== 'seed' && step !== 'extrapolate' && step !== 'sift') continue;
      const means = updateMeans(prior, {
        judged: { count: rows, sum: judged },
        votes: { count: judged, sum: votes },
      });
      const expected = plannedCalls(step === 'sift' ? 'sift' : 'write', planned, means);
      const off = Math.abs(calls - expected);
      expect([stage, planned, calls, expected, off <= PLANNED_OFF_MAX * expected]).toEqual([
        ...[stage, planned, calls, expected, true],
      ]);
      if (step !== 'sift') continue;
      const unjudged = ['duplicate-exact', 'duplicate-near', 'eval-overlap'];
      rows += planned;
      judged += planned - unjudged.reduce((sum, reason) => sum + (reasons[reason] ?? 0), 0);
      votes += calls;
    }
    expect(rows).toBeGreaterThan(0);
  });
});

it('gives the same plans, data and numbers with one call at a time and with sixteen, and over a restart of everything', () => {
  expect(oneAtATime.plans).toEqual(done.text.plans);
  expect(oneAtATime.report.datasetHash).toBe(done.text.report.datasetHash);
  expect(oneAtATime.report.sections).toEqual(done.text.report.sections);
});

it('goes on with new code in a new run in the midst of a stage, when a person has accepted it, to the same data', async () => {
  const stack = await InProcess.start({ spoil: (deps) => ({ ...deps, models: slowly(deps.models) }) });
  try {
    const { params, students, inputs } = TEXT as unknown as SmallJob;
    const more = { arms: [], seedPerLabel: SLOW_ROWS_PER_LABEL };
    const job = { strategy: 'error-extrapolation', params: { ...params, ...more }, students };
    const id = 'error-extrapolation-upgraded';
    await stack.submit(id, job, inputs.gold);
    const stage = () => findStage(stack.db, { tenant: 'default', job: id, stage: 'main/seed', plan: 0 });
    await until(async () => ((await stage())?.accepted ? true : undefined), { what: 'accepted seed rows' });
    await stack.stopWorkers();
    await stack.startWorkers({
      workflowsPath: join(__dirname, '..', '..', 'workflows', 'index.ts'),
      spoil: (deps) => ({ ...deps, strategyNamed: () => ({ ...errorExtrapolation, version: 2 }) }),
    });
    await stack.startAgain(id, job.strategy);
    const { block } = await stack.waitFor(id, 'blocked');
    expect(JSON.parse(block!)).toMatchObject({ code: 'code-changed', choices: ['accept'] });
    await stack.choose(id, 'main/seed', 'code-changed', 'accept');
    const { summary } = await stack.waitFor(id, 'succeeded', JOB_MS_MAX);
    const again = `${id}-again`;
    await stack.submit(again, job, inputs.gold);
    const second = await stack.waitFor(again, 'succeeded', JOB_MS_MAX);
    expect(await readBudget(stack.db, 'default', again)).toMatchObject({ calls_spent: 0 });
    const { datasetHash, planned, accepted, rejected, failed } = JSON.parse(summary!) as JobSummary;
    expect(planned).toBe(accepted + rejected + failed);
    expect((JSON.parse(second.summary!) as JobSummary).datasetHash).toBe(datasetHash);
  } finally {
    await stack.stop();
  }
}, 240_000);

interface SmallJob {
  readonly params: object;
  readonly students: NonNullable<FrozenJob['students']>;
  readonly inputs: { readonly gold: readonly object[] };
}

/** Seed rows take a while, so that a stage can be left in its midst. */
function slowly(models: ActivityDeps['models']): ActivityDeps['models'] {
  return {
    ...models,
    client: (provider) => {
      const client = models.client(provider);
      return {
        ...client,
        send: async (request, options) => {
          if (JSON.stringify(request).includes('Write one text')) await delay(SEED_LATENCY_MS);
          return client.send(request, options);
        },
      };
    },
  };
}
