import type { Activities, ProviderBatchStep } from '../core/story/ports';
import {
  changeBatch,
  holdBatch,
  leaseOf,
  type ProviderBatchRow,
  readBatch,
  releaseCalls,
} from '../infra/database/batches';
import { readChoice } from '../infra/database/control';
import { writeProblem } from '../infra/database/job-problem';
import { closeLease } from '../infra/database/leases';
import type { RemoteBatch } from '../infra/models/batch/batch-client';
import { lookAgainMs } from '../infra/models/batch/batch-limits';
import type { Target } from '../infra/models/broker/target';
import { ModelFault } from '../infra/models/model-client';
import { blocked, standingOf, stepOfFault, targetOfBatch } from './batch-standing';
import type { ActivityDeps } from './deps';
import { loadJob } from './job-context';

const ENDED: readonly RemoteBatch['status'][] = ['completed', 'failed', 'expired', 'cancelled'];

export const hasEnded = ({ status }: RemoteBatch): boolean => ENDED.includes(status);

/** Asks how far a batch is; done when it has ended, however. Its calls stay claimed meanwhile. */
export function pollProviderBatch(deps: ActivityDeps): Activities['pollProviderBatch'] {
  const troubled = new Set<string>();
  return async ({ jobId, epoch, batch: id, looks }) => {
    const job = await loadJob(deps, jobId);
    const batch = await readBatch(deps.db, job.tenant, id);
    if (batch.state === 'collected') return { done: true };
    const stop = await standingOf(deps, job, epoch);
    if (stop) return { done: false, stop };
    const target = targetOfBatch(deps, job, batch);
    const { client } = deps.models.batches(target.provider);
    try {
      const remote = await client.retrieve(batch.remote_id!);
      await holdBatch(deps.db, batch);
      if (troubled.delete(job.id)) await writeProblem(deps.db, job.tenant, job.id, null);
      const { status: says, answered } = remote;
      const view = { says, answered, requests: batch.facts.requests };
      if (hasEnded(remote)) return { done: true, ...view };
      return { done: false, ...view, againAfterMs: lookAgainMs(client.limits, looks) };
    } catch (error) {
      if (isLost(error)) return lostBatch(deps, batch, target);
      const step = stepOfFault(error, target, client.limits, looks);
      // A job that only waits looks the same as one whose provider is away: what it said last tells them apart.
      if (step.says) await writeProblem(deps.db, job.tenant, job.id, `${step.says} Trying again by itself.`);
      if (step.says) troubled.add(job.id);
      return step;
    }
  };
}

export const isLost = (error: unknown): boolean => error instanceof ModelFault && error.fault.status === 404;

/** The provider does not know the batch, or has thrown its answers away: whether they were paid for nobody can say. */
export async function lostBatch(
  deps: ActivityDeps,
  batch: ProviderBatchRow,
  target: Target,
): Promise<ProviderBatchStep> {
  const { tenant, job, facts, remote_id } = batch;
  const choice = await readChoice(deps.db, tenant, job, facts.stage, 'model-gone');
  if (choice === 'online') {
    await releaseCalls(deps.db, batch, 'unknown');
    await closeLease(deps.db, leaseOf(batch));
    const note = 'lost at the provider; a person chose to ask its rows online.';
    await changeBatch(deps.db, batch, () => ({ state: 'collected', facts: { note } }));
    return { done: true, says: note };
  }
  return blocked({
    code: 'model-gone',
    message:
      `${target.name}: the provider does not know batch ${remote_id} (rows ${facts.from} to ${facts.to - 1} of stage ${facts.stage}) or has removed its files. ` +
      'Check that the key belongs to the project that the batch was sent from, then resume; ' +
      'or resume with choice "online" to ask its rows one by one at the full price.',
    samples: [],
    choices: ['retry', 'online'],
  });
}
