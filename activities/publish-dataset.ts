import { canonicalJson } from '../core/json';
import type { Activities, JobSummary } from '../core/story/ports';
import { Problem } from '../core/problem';
import { datasetStages, type StrategyReport } from '../core/strategy';
import { addCounts, NO_ROWS, openRows, type RowCounts } from '../core/story/vocabulary';
import { type DrawChart, renderCard, renderReportHtml } from '../core/report';
import { parquetBytes } from '../infra/artifacts/parquet';
import { join, NOTHING, shapeOf } from '../infra/artifacts/parquet-shape';
import { loadCharts } from '../infra/charts/draw-chart';
import { recordArtifact } from '../infra/database/files';
import { changeState } from '../infra/database/jobs';
import { recordOf, streamOutcomes } from '../infra/database/rows';
import { countsOf, insertStage, listStages, readSpending } from '../infra/database/stages';
import { buildReport } from './build-report';
import type { ActivityDeps } from './deps';
import { type JobContext, loadJob } from './job-context';
import { JobReader } from './reader';

/** Writes dataset, report and card, then the job's terminal summary. Repeated, it writes the same dataset. */
export function publishDataset(deps: ActivityDeps): Activities['publishDataset'] {
  return async ({ jobId }) => {
    const job = await loadJob(deps, jobId);
    const rows = await endedRowsOnly(deps, job);
    const dataset = await writeDataset(deps, job);
    const summary: JobSummary = { jobId, ...rows, records: dataset.records, datasetHash: dataset.sha256 };
    const read = new JobReader(deps, job);
    const own: StrategyReport = await job.strategy.report({
      ...job.facts,
      read,
      records: dataset.records,
      spent: (stage) => readSpending(deps.db, job.tenant, job.id, stage),
      priced: Object.values(job.frozen.models).every((name) => deps.models.pricesFrom(name) !== undefined),
    });
    const report = await buildReport(deps, job, summary, own);
    await keep(deps, job, 'publish/report.json', [JSON.stringify(report, null, 2)], 1);
    await keep(deps, job, 'publish/report.html', [renderReportHtml(report, await pictures())], 1);
    await keep(deps, job, 'publish/README.md', [renderCard(report)], 1);
    const key = { tenant: job.tenant, job: job.id, stage: 'publish', plan: 0 };
    await insertStage(deps.db, key, {
      kind: 'transform',
      version: job.version,
      planned: 0,
      facts: { records: dataset.records },
      finished: true,
    });
    await endedRowsOnly(deps, job);
    await changeState(deps.db, job.tenant, job.id, { state: 'succeeded', stage: 'publish', summary });
    return summary;
  };
}

/** @throws Problem `conflict` where rows are open: a retry came while an older run was still at work. */
async function endedRowsOnly({ db }: ActivityDeps, { tenant, id }: JobContext): Promise<RowCounts> {
  const stages = await listStages(db, tenant, id);
  const open = stages.find((row) => openRows(countsOf(row)) > 0);
  if (!open) return stages.map(countsOf).reduce(addCounts, NO_ROWS);
  throw new Problem(
    'conflict',
    `stage ${open.stage} has ${openRows(countsOf(open))} open rows, so nothing is published yet. Cancel the job, then resume it: its next run does these rows first.`,
  );
}

/**
 * Accepted rows of the dataset stages, one canonical line each, in the order stage, tranche, position; then the same
 * records as Parquet, whose columns follow from what the lines held.
 */
async function writeDataset(
  deps: ActivityDeps,
  job: JobContext,
): Promise<{ records: number; sha256: string }> {
  let records = 0;
  let shape = NOTHING;
  async function* lines() {
    const begun = (await listStages(deps.db, job.tenant, job.id)).map(({ stage }) => stage);
    for (const name of datasetStages(job.strategy, begun)) {
      for await (const row of streamOutcomes(deps.db, job.tenant, job.id, {
        stage: name,
        outcome: 'accepted',
      })) {
        const record = recordOf(row);
        records += 1;
        shape = join(shape, shapeOf(record));
        yield `${canonicalJson(record)}\n`;
      }
    }
  }
  const sha256 = await keep(deps, job, 'publish/dataset.jsonl', lines(), () => records);
  const metadata = {
    'perennial.dataset_sha256': sha256,
    'perennial.strategy': `${job.strategy.name}@${job.strategy.version}`,
  };
  const parquet = parquetBytes({ lines: deps.artifacts.read(sha256), shape, metadata });
  await keep(deps, job, 'publish/dataset.parquet', parquet, records);
  return { records, sha256 };
}

/** Charts are loaded when a report is made: most of a worker's life needs none. A picture that fails leaves its numbers. */
async function pictures(): Promise<DrawChart> {
  const draw = await loadCharts();
  return (chart) => {
    try {
      return draw(chart);
    } catch {
      return undefined;
    }
  };
}

async function keep(
  deps: ActivityDeps,
  job: JobContext,
  name: string,
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string>,
  items: number | (() => number),
): Promise<string> {
  const { sha256, bytes } = await deps.artifacts.write(chunks);
  const count = typeof items === 'number' ? items : items();
  const row = {
    tenant: job.tenant,
    job: job.id,
    name,
    sha256,
    index_sha256: null,
    bytes,
    items: count,
    at: Date.now(),
  };
  await recordArtifact(deps.db, row);
  return sha256;
}
