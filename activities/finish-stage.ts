import {
  BAD_ROWS_JUDGED_FROM,
  BLOCK_SAMPLE_CHARACTERS_MAX,
  BLOCK_SAMPLES_MAX,
  SHORTFALL_SHARE_MIN,
} from '../core/story/limits';
import type { Activities, StageResult } from '../core/story/ports';
import { addCounts, type Block, NO_ROWS, openRows, type RowCounts } from '../core/story/vocabulary';
import { readChoice } from '../infra/database/control';
import { appendEvent } from '../infra/database/events';
import { listOutcomes } from '../infra/database/rows';
import { closeStage, countReasons, countsOf, findStage, listStages } from '../infra/database/stages';
import type { ActivityDeps } from './deps';
import { type JobContext, loadJob, rowsStage } from './job-context';

/** Counts a plan's outcomes, judges whether too few rows came through, and closes the tranche. */
export function finishStage(deps: ActivityDeps): Activities['finishStage'] {
  return async ({ jobId, stage, plan, over }) => {
    const job = await loadJob(deps, jobId);
    const key = { tenant: job.tenant, job: job.id, stage, plan };
    const row = await findStage(deps.db, key);
    if (!row) throw new Error(`stage ${stage} of job ${jobId} has no plan ${plan}`);
    const counts = countsOf(row);
    if (openRows(counts) !== 0) return { ...counts, facts: {} }; // the story generates the rest first
    const choice = await readChoice(deps.db, job.tenant, job.id, stage, 'shortfall');
    const result: StageResult = { ...counts, facts: {}, ...(choice === undefined ? {} : { choice }) };
    if (row.state === 'finished') return result;
    const block = choice === 'accept' ? undefined : await shortfall(deps, job, stage, over);
    if (block) return { ...result, block };
    if (!(await closeStage(deps.db, key, {})))
      return { ...countsOf((await findStage(deps.db, key))!), facts: {} }; // a retry opened rows just now
    await appendEvent(deps.db, {
      tenant: job.tenant,
      job: job.id,
      kind: 'stage',
      data: { stage, plan, ...counts },
    });
    return result;
  };
}

async function rejectedSamples(deps: ActivityDeps, job: JobContext, stage: string): Promise<string[]> {
  const rows = await listOutcomes(
    deps.db,
    job.tenant,
    job.id,
    { stage, outcome: 'rejected' },
    undefined,
    BLOCK_SAMPLES_MAX,
  );
  return rows.map(({ row_key, reason, detail }) =>
    `${row_key}: ${reason ?? ''} ${detail ?? ''}`.slice(0, BLOCK_SAMPLE_CHARACTERS_MAX),
  );
}

/** Over all plans of a required stage: accepted < 5 % of ≥ 50 ended rows, or none of ≥ 1 when the stage is over. */
async function shortfall(
  deps: ActivityDeps,
  job: JobContext,
  name: string,
  over: boolean,
): Promise<Block | undefined> {
  if (!rowsStage(job, name).required) return undefined;
  const plans = (await listStages(deps.db, job.tenant, job.id)).filter(({ stage }) => stage === name);
  const { accepted, planned }: RowCounts = plans.map(countsOf).reduce(addCounts, NO_ROWS);
  const few = planned >= BAD_ROWS_JUDGED_FROM && accepted < SHORTFALL_SHARE_MIN * planned;
  const none = over && planned >= 1 && accepted === 0;
  if (!few && !none) return undefined;
  const reasons = Object.entries(await countReasons(deps.db, job.tenant, job.id, name));
  return {
    code: 'shortfall',
    message:
      `stage ${name}: only ${accepted} of ${planned} rows were accepted ` +
      `(${reasons
        .slice(0, 5)
        .map(([reason, n]) => `${reason} ${n}`)
        .join(', ')}). ` +
      'Look at the rows; resume with choice "accept" to go on with what there is, retry them, or fork the job with another model or prompt.',
    samples: await rejectedSamples(deps, job, name),
    choices: ['accept'],
  };
}
