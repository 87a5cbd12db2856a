import type { FrozenJob } from '../core/job-body';
import { hashJson } from '../core/hash';
import { type JobFacts, type Stage, stageOf, type Strategy } from '../core/strategy';
import { frozenOf, readJobById } from '../infra/database/jobs';
import type { ActivityDeps } from './deps';

/** A job as activities see it: the frozen body with its strategy and models. */
export interface JobContext {
  readonly tenant: string;
  readonly id: string;
  readonly frozen: FrozenJob;
  readonly strategy: Strategy;
  readonly facts: JobFacts<unknown>;
  /** What plans are pinned to: the strategy's version and the prompts in force. */
  readonly version: string;
}

/** @throws Problem `job-not-found`, `strategy-unknown`, `model-unknown`, `student-unfit`, `params-invalid`: each blocks the job */
export async function loadJob(deps: ActivityDeps, jobId: string): Promise<JobContext> {
  const row = await readJobById(deps.db, jobId);
  const frozen = frozenOf(row);
  const strategy = deps.strategyNamed(frozen.strategy);
  if (!strategy) {
    throw new Error(
      `job ${jobId} needs the strategy "${frozen.strategy}", which this version of Perennial does not have`,
    );
  }
  const models = Object.fromEntries(
    Object.entries(frozen.models).map(([role, name]) => [role, deps.models.facts(name)]),
  );
  const students = Object.fromEntries(
    Object.entries(frozen.students ?? {}).map(([role, choice]) => [role, deps.students.facts(choice)]),
  );
  const prompts = { ...strategy.prompts, ...frozen.prompts };
  const params = strategy.params.parse(frozen.params);
  return {
    tenant: row.tenant,
    id: jobId,
    frozen,
    strategy,
    facts: { params, seed: frozen.seed, models, students, prompts },
    version: `${strategy.version}:${hashJson(prompts).slice(0, 12)}`,
  };
}

/** A stage of one kind, also of a family. @throws TypeError: the story asked for what the strategy does not have */
export function stageNamed<Kind extends Stage['kind']>(
  job: JobContext,
  name: string,
  ...kinds: readonly Kind[]
): Extract<Stage, { kind: Kind }> {
  const stage = stageOf(job.strategy, name);
  if (stage && (kinds as readonly string[]).includes(stage.kind))
    return stage as Extract<Stage, { kind: Kind }>;
  throw new TypeError(`the strategy ${job.strategy.name} has no ${kinds.join(' or ')} stage "${name}"`);
}
