import type { Activities } from '../core/story/ports';
import {
  changeBatch,
  leaseOf,
  listBatches,
  type ProviderBatchRow,
  releaseCalls,
} from '../infra/database/batches';
import { readControl } from '../infra/database/control';
import { closeLease } from '../infra/database/leases';
import { targetOfBatch } from './batch-standing';
import { collect } from './collect-provider-batch';
import type { ActivityDeps } from './deps';
import { type JobContext, loadJob } from './job-context';
import { hasEnded } from './poll-provider-batch';
import { markOf } from './submit-provider-batch';

/**
 * Cancels what a job that ends has open at its providers, and takes what is answered already. Best effort: a provider
 * that does not answer keeps no job from ending. What stays open is in doubt, and a resumed run fetches it.
 */
export function withdrawProviderBatches(deps: ActivityDeps): Activities['withdrawProviderBatches'] {
  return async ({ jobId, epoch }) => {
    const job = await loadJob(deps, jobId);
    const control = await readControl(deps.db, job.tenant, job.id);
    if (control.epoch !== epoch) return; // a newer run goes on with them
    for (const batch of await listBatches(deps.db, job.tenant, job.id)) {
      if (batch.state !== 'collected') await withdraw(deps, job, batch);
    }
  };
}

async function withdraw(deps: ActivityDeps, job: JobContext, open: ProviderBatchRow): Promise<void> {
  // Written first: an attempt to create it that is still on its way sees it, and cancels what it has created.
  const batch = (await changeBatch(deps.db, open, () => ({ facts: { again: true } })))!;
  if (batch.state === 'intended' && batch.facts.attemptedAt === undefined) {
    await releaseCalls(deps.db, batch, 'no');
    await closeLease(deps.db, leaseOf(batch));
    await changeBatch(deps.db, batch, () => ({
      state: 'collected',
      facts: { note: 'withdrawn, never sent' },
    }));
    return;
  }
  await cancelRemote(deps, job, batch).catch(() => undefined);
  await closeLease(deps.db, leaseOf(batch));
}

async function cancelRemote(deps: ActivityDeps, job: JobContext, batch: ProviderBatchRow): Promise<void> {
  const target = targetOfBatch(deps, job, batch);
  const { client } = deps.models.batches(target.provider);
  const id = batch.remote_id ?? (await client.find(markOf(batch)))[0]?.id;
  if (id === undefined) return;
  const attached = await changeBatch(deps.db, batch, () => ({ state: 'submitted', remoteId: id }));
  await client.cancel(id).catch(() => undefined); // refused where it has ended already
  const remote = await client.retrieve(id);
  if (attached && hasEnded(remote)) await collect({ deps, batch: attached, target, client }, remote);
}
