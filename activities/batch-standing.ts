import { Problem } from '../core/problem';
import type { ProviderBatchStep, ProviderBatchStop } from '../core/story/ports';
import type { Block } from '../core/story/vocabulary';
import type { ProviderBatchRow } from '../infra/database/batches';
import { readControl } from '../infra/database/control';
import { type BatchLimits, lookAgainMs } from '../infra/models/batch/batch-limits';
import { blockOfVerdict } from '../infra/models/broker/block-of-verdict';
import { type Target, targetsOf } from '../infra/models/broker/target';
import { ModelFault } from '../infra/models/model-client';
import type { ActivityDeps } from './deps';
import type { JobContext } from './job-context';

/** Whether this run may go on with its job's batches: what people wish is in the database, at once. */
export async function standingOf(
  { db }: ActivityDeps,
  job: JobContext,
  epoch: number,
): Promise<Exclude<ProviderBatchStop, 'blocked'> | undefined> {
  const control = await readControl(db, job.tenant, job.id);
  if (control.epoch !== epoch) return 'fenced';
  return control.paused === 1 || control.ending === 1 ? 'paused' : undefined;
}

/**
 * The job's models by role, each with a batch endpoint.
 * @throws Problem `model-unfit`: the configuration changed since the job was posted
 */
export function batchTargets(deps: ActivityDeps, job: JobContext): ReadonlyMap<string, Target> {
  for (const [role, { name, capabilities }] of Object.entries(job.facts.models)) {
    if (capabilities.includes('batch')) continue;
    throw new Problem(
      'model-unfit',
      `models.${role}: the job runs in batch mode and expects a model with capability batch; ${name} has ${capabilities.join(', ')}. ` +
        'Give it the capability in perennial.config.yaml and restart the generator, or post the job again with mode "online".',
      `models.${role}`,
    );
  }
  return targetsOf(deps.models, job.frozen.models);
}

/** Where a batch of this job goes, by the identity it was claimed under. */
export function targetOfBatch(deps: ActivityDeps, job: JobContext, batch: ProviderBatchRow): Target {
  const targets = [...batchTargets(deps, job).values()];
  const found = targets.find(
    ({ identity }) => identity.provider === batch.provider && identity.model === batch.model,
  );
  if (found) return found;
  throw new Problem(
    'model-gone',
    `provider batch ${batch.id} was sent to ${batch.provider} as ${batch.model}; the configuration gives that identity to none of the job's models now. Restore the entry, then resume.`,
  );
}

/** What follows from a fault of the batch endpoint: a person is needed, or it is asked again. Bugs are thrown on. */
export function stepOfFault(
  error: unknown,
  target: Target,
  limits: BatchLimits,
  looks: number,
): ProviderBatchStep {
  if (!(error instanceof ModelFault)) throw error;
  const { verdict } = error;
  const block = blockOfVerdict(verdict, target);
  if (block) return blocked(block);
  const says = `${target.name}: ${verdict.message}`;
  if (verdict.retry)
    return { done: false, says, againAfterMs: Math.max(verdict.afterMs ?? 0, lookAgainMs(limits, looks)) };
  throw error;
}

export const blocked = (block: Block): ProviderBatchStep => ({ done: false, stop: 'blocked', block });
