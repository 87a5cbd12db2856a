import type { Activities, FinishInput, StageResult } from '../core/story/ports';
import { openRows } from '../core/story/vocabulary';
import type { Stage } from '../core/strategy';
import { readChoices } from '../infra/database/control';
import { appendEvent } from '../infra/database/events';
import { closeStage, countsOf, findStage, type StageKey } from '../infra/database/stages';
import { standingChoice } from './choices';
import type { ActivityDeps } from './deps';
import { type JobContext, loadJob, stageNamed } from './job-context';
import { JobReader } from './reader';
import { shortfall } from './shortfall';
import { StageCollections } from './stage-collections';

/** Counts a plan's outcomes, judges whether too few rows came through, and closes the tranche. */
export function finishStage(deps: ActivityDeps): Activities['finishStage'] {
  return (input) => finish(deps, input, () => Promise.resolve({ facts: {} }));
}

/** As `finishStage`, and when the stage is over, what the strategy concludes from all its rows. */
export function concludeStage(deps: ActivityDeps): Activities['concludeStage'] {
  return (input) => finish(deps, input, (job, choices) => conclude(deps, job, input, choices));
}

type Conclusion = Pick<StageResult, 'facts' | 'block'>;

async function finish(
  deps: ActivityDeps,
  { jobId, stage: name, plan, over }: FinishInput,
  concludeWith: (job: JobContext, choices: Readonly<Record<string, string>>) => Promise<Conclusion>,
): Promise<StageResult> {
  const job = await loadJob(deps, jobId);
  const key: StageKey = { tenant: job.tenant, job: job.id, stage: name, plan };
  const row = await findStage(deps.db, key);
  if (!row) throw new Error(`stage ${name} of job ${jobId} has no plan ${plan}`);
  const counts = countsOf(row);
  if (openRows(counts) !== 0) return { ...counts, facts: {} }; // the story generates the rest first
  const choices = await readChoices(deps.db, job.tenant, job.id, name);
  const choice = standingChoice(choices);
  const resultOf = (facts: StageResult['facts']): StageResult => ({
    ...counts,
    facts,
    ...(choice === undefined ? {} : { choice }),
  });
  if (row.state === 'finished') return resultOf(JSON.parse(row.facts) as StageResult['facts']);
  const stage = stageNamed(job, name, 'rows', 'train', 'evaluate');
  const few =
    choices['shortfall'] === undefined ? await shortfallOf(deps, job, name, stage, over) : undefined;
  if (few) return { ...resultOf({}), block: few };
  const { facts, block } = await concludeWith(job, choices);
  if (block) return { ...resultOf(facts), block };
  if (!(await closeStage(deps.db, key, facts)))
    return { ...countsOf((await findStage(deps.db, key))!), facts: {} }; // a retry opened rows just now
  await tell(deps, job, {
    stage: name,
    plan,
    ...counts,
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
  });
  return resultOf(facts);
}

async function shortfallOf(deps: ActivityDeps, job: JobContext, name: string, stage: Stage, over: boolean) {
  return stage.kind === 'rows' && stage.required
    ? shortfall(deps, job, name, stage.required, over)
    : undefined;
}

async function tell({ db }: ActivityDeps, job: JobContext, data: object): Promise<void> {
  await appendEvent(db, { tenant: job.tenant, job: job.id, kind: 'stage', data });
}

async function conclude(
  deps: ActivityDeps,
  job: JobContext,
  { stage: name, over }: FinishInput,
  choices: Readonly<Record<string, string>>,
): Promise<Conclusion> {
  const stage = stageNamed(job, name, 'rows', 'evaluate');
  if (!over || !stage.conclude) return { facts: {} };
  const collections = new StageCollections(deps, job, name);
  try {
    const { facts, block } = await stage.conclude({
      ...job.facts,
      read: new JobReader(deps, job),
      write: collections.write,
      choice: (code) => choices[code],
      row: () => Promise.reject(new TypeError(`stage ${name} has its rows: its conclusion declares none`)),
    });
    if (block) return { facts, block };
    await collections.record();
    return { facts };
  } finally {
    await collections.abandon();
  }
}
