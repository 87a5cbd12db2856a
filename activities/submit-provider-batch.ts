import type { Activities, ProviderBatchStep } from '../core/story/ports';
import {
  changeBatch,
  claimedCalls,
  type ProviderBatchRow,
  readBatch,
  releaseCalls,
} from '../infra/database/batches';
import { closeLease } from '../infra/database/leases';
import { leaseOf } from '../infra/database/batches';
import { findStage } from '../infra/database/stages';
import type { BatchClient, BatchMark, RemoteBatch } from '../infra/models/batch/batch-client';
import type { Target } from '../infra/models/broker/target';
import { ModelFault } from '../infra/models/model-client';
import { standingOf, stepOfFault, targetOfBatch } from './batch-standing';
import type { ActivityDeps } from './deps';
import { firstCalls } from './first-calls';
import { type JobContext, loadJob } from './job-context';

const DONE: ProviderBatchStep = { done: true };

interface Submission {
  readonly deps: ActivityDeps;
  readonly job: JobContext;
  readonly target: Target;
  readonly client: BatchClient;
}

/**
 * Uploads a batch's requests and starts it. A creation whose end nobody knows, because the process or the line broke
 * meanwhile, is looked for in the provider's list first; it is repeated only after two empty listings, apart in time.
 */
export function submitProviderBatch(deps: ActivityDeps): Activities['submitProviderBatch'] {
  return async ({ jobId, epoch, batch: id, looks }) => {
    const job = await loadJob(deps, jobId);
    const batch = await readBatch(deps.db, job.tenant, id);
    if (batch.state !== 'intended') return DONE;
    const stop = await standingOf(deps, job, epoch);
    if (stop) return { done: false, stop };
    const target = targetOfBatch(deps, job, batch);
    const { client } = deps.models.batches(target.provider);
    const submission = { deps, job, target, client };
    try {
      if (batch.facts.attemptedAt !== undefined) {
        const step = await lookFor(submission, batch);
        if (step) return step;
      }
      if (batch.facts.again) {
        await letGo(deps, batch, 'withdrawn before the provider had it');
        return DONE;
      }
      return await create(submission, batch);
    } catch (error) {
      if (error instanceof ModelFault && isRefusal(error)) return refuse(submission, batch, error);
      return stepOfFault(error, target, client.limits, looks);
    }
  };
}

export const markOf = ({ job, chunk_hash }: ProviderBatchRow): BatchMark => ({
  perennial_job: job,
  perennial_chunk: chunk_hash,
});

/** @returns undefined when the creation has certainly come to nothing */
async function lookFor(
  { deps, client }: Submission,
  batch: ProviderBatchRow,
): Promise<ProviderBatchStep | undefined> {
  const [found, ...doubles] = await client.find(markOf(batch));
  if (found) {
    for (const { id } of doubles) await client.cancel(id).catch(() => undefined);
    await attach(deps, client, batch, found);
    return DONE;
  }
  const { relistMs } = client.limits;
  const again: ProviderBatchStep = {
    done: false,
    againAfterMs: relistMs,
    says: 'looking for a batch whose submission was interrupted',
  };
  const now = Date.now();
  const { missedAt } = batch.facts;
  if (missedAt === undefined) {
    await changeBatch(deps.db, batch, () => ({ facts: { missedAt: now } }));
    return again;
  }
  if (now - missedAt < relistMs) return { ...again, againAfterMs: missedAt + relistMs - now };
  const attemptedAt = batch.facts.attemptedAt;
  // Declined where another attempt was begun meanwhile: that one has to be looked for in its turn.
  const cleared = await changeBatch(deps.db, batch, ({ facts }) =>
    facts.attemptedAt === attemptedAt
      ? { facts: { attemptedAt: undefined, missedAt: undefined } }
      : undefined,
  );
  return cleared ? undefined : again;
}

async function create(
  { deps, job, target, client }: Submission,
  batch: ProviderBatchRow,
): Promise<ProviderBatchStep> {
  const inputFile = batch.facts.inputFile ?? (await upload({ deps, job, target, client }, batch));
  if (inputFile === undefined) {
    await letGo(deps, batch, 'none of its calls is asked for any more');
    return DONE;
  }
  const attemptedAt = Date.now();
  const marked = await changeBatch(deps.db, batch, ({ state, facts }) =>
    state === 'intended' && facts.attemptedAt === undefined && !facts.again
      ? { facts: { inputFile, attemptedAt } }
      : undefined,
  );
  if (!marked) return { done: false, againAfterMs: client.limits.lookFirstMs };
  try {
    await attach(deps, client, marked, await client.create(inputFile, markOf(batch)));
    return DONE;
  } catch (error) {
    if (error instanceof ModelFault && wasNotCreated(error))
      await changeBatch(deps.db, batch, ({ facts }) =>
        facts.attemptedAt === attemptedAt
          ? { facts: { attemptedAt: undefined, inputFile: isGone(error) ? undefined : inputFile } }
          : undefined,
      );
    throw error;
  }
}

/** A job that ended while its batch was being created wants it no more. */
async function attach(
  { db }: ActivityDeps,
  client: BatchClient,
  batch: ProviderBatchRow,
  remote: RemoteBatch,
): Promise<void> {
  const attached = await changeBatch(db, batch, ({ state }) =>
    state === 'intended' ? { state: 'submitted', remoteId: remote.id } : undefined,
  );
  if (!attached || attached.facts.again) await client.cancel(remote.id).catch(() => undefined);
}

/** The requests as a file that is always the same; undefined when nothing is left to ask. */
async function upload(
  { deps, job, target, client }: Submission,
  batch: ProviderBatchRow,
): Promise<string | undefined> {
  const { stage, plan, from, to } = batch.facts;
  const row = await findStage(deps.db, { tenant: job.tenant, job: job.id, stage, plan });
  const claimed = await claimedCalls(deps.db, batch);
  const line = deps.models.batches(target.provider).linesOf(target.model);
  async function* lines() {
    const written = new Set<string>();
    for await (const { key, request, seed } of firstCalls(deps, job, row!, from, to)) {
      if (!claimed.has(key) || written.has(key)) continue;
      written.add(key);
      yield line(key, request, seed);
    }
  }
  const { sha256, bytes } = await deps.artifacts.write(lines());
  return bytes === 0 ? undefined : client.upload(deps.artifacts, sha256);
}

/** An answer that says so: nothing was created. */
function wasNotCreated({ fault, verdict }: ModelFault): boolean {
  if (verdict.kind === 'endpoint-down') return true;
  const { status } = fault;
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 409;
}

const isGone = ({ fault }: ModelFault): boolean => fault.status === 404;

/** The provider does not take this batch and would not take it again. */
const isRefusal = ({ verdict }: ModelFault): boolean =>
  verdict.kind === 'row-failed' || verdict.kind === 'content-filtered' || verdict.kind === 'bug';

async function refuse(
  { deps, target }: Submission,
  batch: ProviderBatchRow,
  { verdict }: ModelFault,
): Promise<ProviderBatchStep> {
  const note = `${target.name} refused the batch (${verdict.message}); its rows go online.`;
  await letGo(deps, batch, note);
  return { done: true, says: note };
}

async function letGo(deps: ActivityDeps, batch: ProviderBatchRow, note: string): Promise<void> {
  await releaseCalls(deps.db, batch, 'no');
  await closeLease(deps.db, leaseOf(batch));
  await changeBatch(deps.db, batch, () => ({ state: 'collected', facts: { note } }));
}
