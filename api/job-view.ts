/** A job as the API shows it: the database's state with stages, cost, pace and links. */
import { z } from 'zod';
import { budgetReached } from '../core/budget-reached';
import { budgetSchema, studentChoiceSchema } from '../core/job-body';
import { JOB_STATES, type RowCounts } from '../core/story/vocabulary';
import { addCounts, type Block, CLOSED_STATES, NO_ROWS, openRows } from '../core/story/vocabulary';
import { isDatasetStage, stageOf, type Strategy } from '../core/strategy';
import { type BudgetRow, type ControlRow, readBudget, readControl, usesOf } from '../infra/database/control';
import { findArtifact } from '../infra/database/files';
import { frozenOf, type JobRow } from '../infra/database/jobs';
import { countReasons, countsOf, listStages, type StageRow } from '../infra/database/stages';
import type { ApiContext } from './context';
import { costSchema, pricedNow, viewCost } from './job-cost';
import { createPace } from './pace';

const countsSchema = z.object({
  planned: z.int(),
  accepted: z.int(),
  rejected: z.int(),
  failed: z.int(),
  open: z.int(),
});
const rangeSchema = z.object({ low: z.number(), high: z.number() });
const time = z.string().describe('ISO 8601');

export const stageViewSchema = countsSchema.extend({
  stage: z.string(),
  title: z.string(),
  kind: z.enum(['rows', 'transform', 'train', 'evaluate']),
  state: z.enum(['planned', 'finished']),
  dataset: z.boolean(),
  /** Tranches planned so far. */
  plans: z.int(),
  reasons: z.record(z.string(), z.int()),
  startedAt: time,
  finishedAt: time.optional(),
});
export type StageView = z.infer<typeof stageViewSchema>;

export const blockSchema = z.object({
  code: z.string(),
  message: z.string(),
  samples: z.array(z.string()),
  choices: z.array(z.string()),
});

export const jobSummarySchema = z.object({
  id: z.string(),
  strategy: z.string(),
  model: z.string(),
  state: z.enum(JOB_STATES),
  stage: z.string().optional(),
  rows: countsSchema,
  cost: costSchema.pick({ usd: true, usdInDoubt: true, calls: true }),
  problem: z.string().optional(),
  forkedFrom: z.string().optional(),
  createdAt: time,
  startedAt: time.optional(),
  finishedAt: time.optional(),
});

export const jobViewSchema = jobSummarySchema.extend({
  preset: z.string().optional(),
  params: z.unknown(),
  models: z.record(z.string(), z.string()),
  students: z.record(z.string(), studentChoiceSchema),
  inputs: z.record(z.string(), z.array(z.string())),
  seed: z.int(),
  mode: z.enum(['online', 'batch']),
  tags: z.record(z.string(), z.string()),
  block: blockSchema.optional(),
  stages: z.array(stageViewSchema),
  cost: costSchema,
  budget: budgetSchema,
  estimate: z.object({
    calls: rangeSchema,
    costUsd: rangeSchema.optional().describe('absent where a price was unknown'),
  }),
  control: z.object({
    paused: z.boolean(),
    ending: z.boolean(),
    concurrency: z.int(),
    priority: z.int(),
    runs: z.int(),
  }),
  pace: z
    .object({ rowsPerSecond: z.number(), etaSeconds: z.int().optional() })
    .optional()
    .describe('while running: rows ended per second, and when the rows planned so far will have ended'),
  summary: z.unknown().optional(),
  links: z.object({
    self: z.string(),
    events: z.string(),
    records: z.string(),
    dataset: z.string(),
    report: z.string().optional(),
    temporal: z.string().optional(),
  }),
});
export type JobView = z.infer<typeof jobViewSchema>;

const REASONS_AGE_MS = 2_000;
const REASONS_KEPT_MAX = 1_000;

export const withOpen = (counts: RowCounts) => ({ ...counts, open: openRows(counts) });
export const iso = (at: number): string => new Date(at).toISOString();
const ended = (counts: RowCounts): number => counts.planned - openRows(counts);
/** Changes whenever reasons may have: also when a retried row ends as it did before, for another reason. */
const stampOf = (tranches: readonly StageRow[]): string =>
  tranches.map((row) => [row.accepted, row.rejected, row.failed, row.finished_at].join()).join(' ');

export function summarize(
  context: ApiContext,
  job: JobRow,
  counts: RowCounts,
  budget: BudgetRow,
): z.infer<typeof jobSummarySchema> {
  const { usd, usdInDoubt, calls } = viewCost(budget, pricedNow(context, frozenOf(job).models)).cost;
  return {
    id: job.id,
    strategy: job.strategy,
    model: job.model,
    state: job.state,
    ...(job.stage === null ? {} : { stage: job.stage }),
    rows: withOpen(counts),
    cost: { usd, usdInDoubt, calls },
    ...(job.problem === null ? {} : { problem: job.problem }),
    ...(job.forked_from === null ? {} : { forkedFrom: job.forked_from }),
    createdAt: iso(job.created_at),
    ...(job.started_at === null ? {} : { startedAt: iso(job.started_at) }),
    ...(job.finished_at === null ? {} : { finishedAt: iso(job.finished_at) }),
  };
}

export type ViewJob = (job: JobRow) => Promise<JobView>;

/** Keeps what makes repeated looks cheap: recent counts for the pace, reasons of stages that have not changed. */
export function createJobViewer(context: ApiContext): ViewJob {
  const pace = createPace();
  const reasonsOf = createReasonCounter(context);
  return async (job) => {
    const { db } = context;
    const [stages, control, budget, report] = await Promise.all([
      listStages(db, job.tenant, job.id),
      readControl(db, job.tenant, job.id),
      readBudget(db, job.tenant, job.id),
      findArtifact(db, job.tenant, job.id, 'publish/report.html'),
    ]);
    const strategy = context.strategies.find(({ name }) => name === job.strategy);
    const views = await Promise.all(
      groupTranches(stages).map(async (group) => viewStage(group, strategy, await reasonsOf(job, group))),
    );
    const counts = stages.map(countsOf).reduce(addCounts, NO_ROWS);
    const frozen = frozenOf(job);
    return {
      ...summarize(context, job, counts, budget),
      ...(frozen.preset === undefined ? {} : { preset: frozen.preset }),
      params: frozen.params,
      models: { ...frozen.models },
      students: { ...frozen.students },
      inputs: Object.fromEntries(Object.entries(frozen.inputs).map(([role, ids]) => [role, [...ids]])),
      seed: frozen.seed,
      mode: frozen.mode ?? 'online',
      tags: { ...frozen.tags },
      ...(job.block === null ? {} : { block: viewBlock(job.id, job.block, budget) }),
      stages: views,
      ...viewCost(budget, pricedNow(context, frozen.models)),
      estimate: frozen.estimate,
      control: viewControl(control),
      ...(job.state === 'running' ? viewPace(pace, job, stages, counts) : {}),
      ...(job.summary === null ? {} : { summary: JSON.parse(job.summary) as unknown }),
      links: linksOf(context, job, report !== undefined),
    };
  };
}

function groupTranches(stages: readonly StageRow[]): StageRow[][] {
  const groups = new Map<string, StageRow[]>();
  for (const row of stages) groups.set(row.stage, [...(groups.get(row.stage) ?? []), row]);
  return [...groups.values()];
}

function viewStage(
  tranches: readonly StageRow[],
  strategy: Strategy | undefined,
  reasons: Record<string, number>,
): StageView {
  const first = tranches[0]!;
  const stage = strategy && stageOf(strategy, first.stage);
  const finishedAt = Math.max(...tranches.map((row) => row.finished_at ?? 0));
  const finished = tranches.every((row) => row.state === 'finished');
  return {
    stage: first.stage,
    title: stage?.title ?? first.stage,
    kind: first.kind,
    state: finished ? 'finished' : 'planned',
    dataset: stage !== undefined && isDatasetStage(stage),
    plans: tranches.length,
    ...withOpen(tranches.map(countsOf).reduce(addCounts, NO_ROWS)),
    reasons,
    startedAt: iso(first.started_at),
    ...(finished && finishedAt > 0 ? { finishedAt: iso(finishedAt) } : {}),
  };
}

/** Counting reasons reads a stage's outcomes: not more often than they change, nor than somebody can look. */
function createReasonCounter({ db }: ApiContext) {
  const known = new Map<string, { at: number; stamp: string; reasons: Record<string, number> }>();
  return async (job: JobRow, tranches: readonly StageRow[]): Promise<Record<string, number>> => {
    const counts = tranches.map(countsOf).reduce(addCounts, NO_ROWS);
    if (counts.rejected + counts.failed === 0) return {};
    const stage = tranches[0]!.stage;
    const key = `${job.tenant}/${job.id}/${stage}`;
    const now = Date.now();
    const last = known.get(key);
    const stamp = stampOf(tranches);
    const finished = tranches.every((row) => row.state === 'finished');
    if (last && (finished ? last.stamp === stamp : now - last.at < REASONS_AGE_MS)) return last.reasons;
    const reasons = await countReasons(db, job.tenant, job.id, stage);
    known.delete(key);
    known.set(key, { at: now, stamp, reasons });
    if (known.size > REASONS_KEPT_MAX) known.delete(known.keys().next().value!);
    return reasons;
  };
}

/** At the budget's end the numbers of the moment say more than those of when the job stopped. */
function viewBlock(id: string, stored: string, budget: BudgetRow): z.infer<typeof blockSchema> {
  const { code, message, samples, choices, asWritten } = JSON.parse(stored) as Block;
  return {
    code,
    message: code === 'budget-reached' && !asWritten ? budgetReached(id, usesOf(budget)) : message,
    samples: [...samples],
    choices: [...choices],
  };
}

function viewControl(control: ControlRow) {
  return {
    paused: control.paused === 1,
    ending: control.ending === 1,
    concurrency: control.concurrency,
    priority: control.priority,
    runs: control.epoch,
  };
}

function viewPace(
  pace: ReturnType<typeof createPace>,
  job: JobRow,
  stages: readonly StageRow[],
  counts: RowCounts,
) {
  const current = stages.filter((row) => row.kind === 'rows' && row.state === 'planned');
  const inStage = current.map(countsOf).reduce(addCounts, NO_ROWS);
  const since = Math.min(...current.map((row) => row.started_at), Date.now());
  const rowsPerSecond = pace.observe(job.id, ended(counts), ended(inStage), since, Date.now());
  const etaSeconds = rowsPerSecond > 0 ? Math.ceil(openRows(inStage) / rowsPerSecond) : undefined;
  return { pace: { rowsPerSecond, ...(etaSeconds === undefined ? {} : { etaSeconds }) } };
}

function linksOf(context: ApiContext, job: JobRow, hasReport: boolean): JobView['links'] {
  const self = `/v1/jobs/${job.id}`;
  const temporal = context.temporalLink(job.id);
  return {
    self,
    events: `${self}/events`,
    records: `${self}/records`,
    dataset: `${self}/dataset`,
    ...(hasReport ? { report: `${self}/report?format=html` } : {}),
    ...(temporal === undefined ? {} : { temporal }),
  };
}

export const isClosed = (job: Pick<JobRow, 'state'>): boolean => CLOSED_STATES.includes(job.state);
