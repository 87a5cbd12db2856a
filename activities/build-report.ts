import { knownCost } from '../core/known-cost';
import type { Report, StageReport } from '../core/report';
import type { JobSummary } from '../core/story/ports';
import { stageOf, type StrategyReport } from '../core/strategy';
import { openRows } from '../core/story/vocabulary';
import { type BudgetRow, readBudget, readControl, spendingOf } from '../infra/database/control';
import { readJob } from '../infra/database/jobs';
import { countReasons, countsOf, listStages, readSpending } from '../infra/database/stages';
import { addCounts, NO_ROWS } from '../core/story/vocabulary';
import type { ActivityDeps } from './deps';
import type { JobContext } from './job-context';

/** The report's numbers, all of them read from the ledger. */
export async function buildReport(
  deps: ActivityDeps,
  job: JobContext,
  summary: JobSummary,
  { verdict, notes = [], sections }: StrategyReport,
): Promise<Report> {
  const { tenant, id, frozen, strategy } = job;
  const row = await readJob(deps.db, tenant, id);
  const budget = await readBudget(deps.db, tenant, id);
  const { epoch } = await readControl(deps.db, tenant, id);
  const open = openRows(summary);
  return {
    title: strategy.title,
    verdict: verdictOf(summary, budget.calls_spent, verdict),
    strategy: strategy.name,
    strategyVersion: strategy.version,
    ...(strategy.paper ? { paper: `${strategy.paper.title}, arXiv ${strategy.paper.arxiv}` } : {}),
    jobId: id,
    state: 'succeeded',
    seed: frozen.seed,
    models: frozen.models,
    params: frozen.params,
    createdAt: new Date(row.created_at).toISOString(),
    finishedAt: new Date().toISOString(),
    records: summary.records,
    datasetHash: summary.datasetHash,
    stages: await stageReports(deps, job),
    proof: {
      rows: {
        planned: summary.planned,
        accepted: summary.accepted,
        rejected: summary.rejected,
        failed: summary.failed,
      },
      open,
      calls: budget.calls_spent,
      callsReused: Math.max(0, budget.calls_reused), // below 0 while answers of provider batches wait for their rows
      callsRepeated: budget.calls_repeated,
      callsInDoubt: budget.calls_in_doubt,
      runs: epoch,
      balanced: open === 0,
    },
    cost: costOf(deps, job, budget),
    notes: [...notesOf(job), ...notes],
    sections,
  };
}

/** What is unknown stays so: calls of a model without a price are counted in the ledger, and no dollars stand for them. */
function costOf(deps: ActivityDeps, { frozen }: JobContext, budget: BudgetRow): Report['cost'] {
  const names = [...new Set(Object.values(frozen.models))];
  const sources = names.map((name) => [name, deps.models.pricesFrom(name)] as const);
  return {
    ...knownCost(
      spendingOf(budget),
      sources.map(([name, from]) => ({ name, priced: from !== undefined })),
    ),
    usdPriced: budget.usd_spent,
    pricesFrom: Object.fromEntries(
      sources.flatMap(([name, from]) => (from === undefined ? [] : [[name, from]])),
    ),
    callsEstimated: budget.calls_estimated,
    inputTokens: budget.input_tokens,
    outputTokens: budget.output_tokens,
    estimatedCalls: frozen.estimate.calls,
    ...(frozen.estimate.costUsd ? { estimatedUsd: frozen.estimate.costUsd } : {}),
  };
}

async function stageReports(deps: ActivityDeps, job: JobContext): Promise<StageReport[]> {
  const rows = await listStages(deps.db, job.tenant, job.id);
  const names = [...new Set(rows.map(({ stage }) => stage))].filter((name) => name !== 'publish');
  return Promise.all(
    names.map(async (name): Promise<StageReport> => {
      const stage = stageOf(job.strategy, name);
      const counts = rows
        .filter((row) => row.stage === name)
        .map(countsOf)
        .reduce(addCounts, NO_ROWS);
      return {
        stage: name,
        title: stage?.title ?? name,
        kind: stage?.kind ?? 'rows',
        ...counts,
        reasons: await countReasons(deps.db, job.tenant, job.id, name),
        ...(await readSpending(deps.db, job.tenant, job.id, name)),
      };
    }),
  );
}

const NOTHING_MEASURED = 'Nothing in this run measures whether training on them helps.';

function verdictOf({ planned, records }: JobSummary, calls: number, verdict = NOTHING_MEASURED): string {
  return `${records} records from ${planned} planned rows and ${calls} paid calls. ${verdict}`;
}

function notesOf(job: JobContext): string[] {
  const names = Object.values(job.frozen.models);
  const notes: string[] = [];
  if (names.some((name) => name.startsWith('embedded/'))) {
    notes.push(
      'Mechanics only: the embedded model has 135M parameters; its texts show that the machine runs, not what the method is worth.',
    );
  }
  if (names.some((name) => name.startsWith('scripted/'))) {
    notes.push('Simulation: the scripted model is a program; its texts mean nothing.');
  }
  if (Object.keys(job.frozen.prompts).length > 0)
    notes.push(`Prompts overridden by the job: ${Object.keys(job.frozen.prompts).join(', ')}.`);
  return notes;
}
