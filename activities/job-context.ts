import type { FrozenJob } from '../core/job-body';
import { hashJson } from '../core/hash';
import type { JobFacts, RowsStage, Strategy, TransformStage } from '../core/strategy';
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

/** @throws Problem `job-not-found`, `strategy-unknown`, `model-unknown`, `params-invalid`: each blocks the job */
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
  const prompts = { ...strategy.prompts, ...frozen.prompts };
  return {
    tenant: row.tenant,
    id: jobId,
    frozen,
    strategy,
    facts: { params: strategy.params.parse(frozen.params), seed: frozen.seed, models, prompts },
    version: `${strategy.version}:${hashJson(prompts).slice(0, 12)}`,
  };
}

export function rowsStage(job: JobContext, name: string): RowsStage {
  const stage = job.strategy.stages[name];
  if (stage?.kind !== 'rows')
    throw new TypeError(`the strategy ${job.strategy.name} has no rows stage "${name}"`);
  return stage;
}

export function transformStageOf(job: JobContext, name: string): TransformStage {
  const stage = job.strategy.stages[name];
  if (stage?.kind !== 'transform')
    throw new TypeError(`the strategy ${job.strategy.name} has no transform stage "${name}"`);
  return stage;
}
