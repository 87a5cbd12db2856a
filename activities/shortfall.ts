import {
  BAD_ROWS_JUDGED_FROM,
  BLOCK_SAMPLE_CHARACTERS_MAX,
  BLOCK_SAMPLES_MAX,
  SHORTFALL_SHARE_MIN,
} from '../core/story/limits';
import { addCounts, type Block, NO_ROWS, type RowCounts } from '../core/story/vocabulary';
import type { Requirement } from '../core/strategy';
import { listOutcomes } from '../infra/database/rows';
import { countReasons, countsOf, listStages } from '../infra/database/stages';
import type { ActivityDeps } from './deps';
import type { JobContext } from './job-context';

/**
 * Over all plans of a required stage: accepted < 5 % of ≥ 50 ended rows, or none of ≥ 1 when the stage is over. A
 * stricter share is judged however few rows there are.
 */
export async function shortfall(
  deps: ActivityDeps,
  job: JobContext,
  name: string,
  required: true | Requirement,
  over: boolean,
): Promise<Block | undefined> {
  const plans = (await listStages(deps.db, job.tenant, job.id)).filter(({ stage }) => stage === name);
  const { accepted, planned }: RowCounts = plans.map(countsOf).reduce(addCounts, NO_ROWS);
  const strict = required === true ? undefined : required;
  const shareMin = strict?.acceptedShareMin ?? SHORTFALL_SHARE_MIN;
  const few = planned >= (strict ? 1 : BAD_ROWS_JUDGED_FROM) && accepted < shareMin * planned;
  const none = over && planned >= 1 && accepted === 0;
  if (!few && !none) return undefined;
  const reasons = Object.entries(await countReasons(deps.db, job.tenant, job.id, name));
  const choices = ['accept', ...(strict?.choices ?? [])];
  const others = choices.slice(1).map((choice) => ` or "${choice}"`);
  return {
    code: 'shortfall',
    message:
      `stage ${name}: only ${accepted} of ${planned} rows were accepted ` +
      `(${reasons
        .slice(0, 5)
        .map(([reason, n]) => `${reason} ${n}`)
        .join(', ')}). ` +
      `Look at the rows; resume with choice "accept" to go on with what there is${others.join('')}, retry them, or fork the job with another model or prompt.`,
    samples: await rejectedSamples(deps, job, name),
    choices,
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
