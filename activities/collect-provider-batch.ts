import { Context } from '@temporalio/activity';
import { batchPrices } from '../core/price';
import type { Reply } from '../core/calls';
import { type Amount, dollars, type Prices } from '../core/price';
import type { Activities, ProviderBatchStep } from '../core/story/ports';
import {
  changeBatch,
  claimedCalls,
  leaseOf,
  type ProviderBatchRow,
  readBatch,
  releaseCalls,
} from '../infra/database/batches';
import type { Entry } from '../infra/database/commits';
import type { Release } from '../infra/database/releases';
import type { BatchClient, RemoteBatch } from '../infra/models/batch/batch-client';
import { lookAgainMs } from '../infra/models/batch/batch-limits';
import { type BatchLine, readBatchLine } from '../infra/models/batch/batch-lines';
import { blockOfVerdict } from '../infra/models/broker/block-of-verdict';
import type { Target } from '../infra/models/broker/target';
import { judge } from '../infra/models/verdict';
import { blocked, stepOfFault, targetOfBatch } from './batch-standing';
import type { ActivityDeps } from './deps';
import { loadJob } from './job-context';
import { hasEnded, isLost, lostBatch } from './poll-provider-batch';

/** Answers written in one transaction. */
const GROUP_LINES = 200;
const NOTHING_USED = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
const FILTERED: Reply = { text: '', finish: 'content-filter', refused: true, usage: NOTHING_USED };
/** What providers say when an account has too much waiting already: it passes when other batches end. */
const QUEUE_FULL = /token_limit|enqueued token|too many (enqueued|batches)|batch_limit/i;

interface Collection {
  readonly deps: ActivityDeps;
  readonly batch: ProviderBatchRow;
  readonly target: Target;
  readonly client: BatchClient;
}

/**
 * Takes an ended batch's answers into the ledger at the batch price; calls without an answer are let go, so that their
 * rows go online. Repeated after a crash it settles only what is still claimed.
 */
export function collectProviderBatch(deps: ActivityDeps): Activities['collectProviderBatch'] {
  return async ({ jobId, batch: id, looks }) => {
    const job = await loadJob(deps, jobId);
    const batch = await readBatch(deps.db, job.tenant, id);
    if (batch.state === 'collected') return { done: true, ...reopened(batch) };
    const target = targetOfBatch(deps, job, batch);
    const { client } = deps.models.batches(target.provider);
    const collection = { deps, batch, target, client };
    try {
      const remote = await client.retrieve(batch.remote_id!);
      if (!hasEnded(remote)) return { done: false, againAfterMs: lookAgainMs(client.limits, looks) };
      return await collect(collection, remote);
    } catch (error) {
      if (isLost(error)) return lostBatch(deps, batch, target);
      return stepOfFault(error, target, client.limits, looks);
    }
  };
}

/** Also what a job does with a batch that it gives up and that ends at once. */
export async function collect(collection: Collection, remote: RemoteBatch): Promise<ProviderBatchStep> {
  const { deps, batch, client } = collection;
  for (const file of [remote.outputFile, remote.errorFile]) {
    if (file !== undefined) await takeFile(collection, file);
  }
  const end = endOf(remote, collection);
  // A finished batch that says nothing about a call may have charged for it.
  const left = await releaseCalls(deps.db, batch, remote.status === 'completed' ? 'unknown' : 'no');
  await deps.ledger.closeLease(leaseOf(batch));
  const answered = `${batch.facts.requests - left} of ${batch.facts.requests} requests ended`;
  const note = `${remote.status}: ${end.note ?? answered}`;
  const closed = await changeBatch(deps.db, batch, ({ state }) =>
    state === 'collected' ? undefined : { state: 'collected', facts: { ...end.facts, note } },
  );
  if (batch.facts.inputFile !== undefined) await client.remove(batch.facts.inputFile).catch(() => undefined);
  return { ...end.step, ...(closed ? reopened(closed) : {}), says: note };
}

const reopened = ({ facts }: ProviderBatchRow): Pick<ProviderBatchStep, 'reopenFrom'> =>
  facts.again ? { reopenFrom: facts.from } : {};

interface End {
  readonly step: ProviderBatchStep;
  readonly facts: Pick<ProviderBatchRow['facts'], 'again' | 'requestsMax'>;
  readonly note?: string;
}

/** What a batch that failed as a whole means: a person is needed, it waits and is made smaller, or its rows go online. */
function endOf(remote: RemoteBatch, { batch, target, client }: Collection): End {
  const [error] = remote.errors;
  if (remote.status !== 'failed' || !error) return { step: { done: true }, facts: {} };
  const note = `${error.message} (${error.code})`;
  if (QUEUE_FULL.test(note)) {
    const requestsMax = Math.max(1, Math.floor(batch.facts.requests / 2));
    const step = { done: true, againAfterMs: client.limits.lookMaxMs };
    return { step, facts: { again: true, requestsMax }, note };
  }
  const block = blockOfVerdict(judge({ status: 400, body: { error }, message: error.message }), target);
  if (block) return { step: { ...blocked(block), done: true }, facts: { again: true }, note };
  return { step: { done: true }, facts: {}, note: `${note}; its rows go online.` };
}

async function takeFile({ deps, batch, target, client }: Collection, file: string): Promise<void> {
  const claimed = await claimedCalls(deps.db, batch);
  const prices = batchPrices(target.prices);
  const lease = leaseOf(batch);
  let entries: Entry[] = [];
  let releases: Release[] = [];
  const flush = async () => {
    if (entries.length + releases.length > 0) await deps.ledger.write({ entries, releases });
    [entries, releases] = [[], []];
  };
  for await (const text of client.lines(file, Context.current().cancellationSignal)) {
    const line = readBatchLine(text);
    const worst = line && claimed.get(line.key);
    if (!line || !worst) continue; // settled by an earlier attempt, or none of ours
    claimed.delete(line.key);
    const answer = answerOf(line, worst, prices);
    const { key } = line;
    const paid = 'verdict' in line && line.verdict.paid !== 'no' ? 'unknown' : 'no';
    if (answer) entries.push({ lease, answer: { ...answer, ...target.identity, key, worst } });
    else releases.push({ lease, key, paid });
    if (entries.length + releases.length >= GROUP_LINES) await flush();
  }
  await flush();
}

const atWorst = (reply: Reply, { tokens }: Amount): Reply => ({
  ...reply,
  usage: { ...reply.usage, inputTokens: Math.max(0, tokens - reply.usage.outputTokens) },
});

/** The provider's own filter took the place of an answer: kept as one, as it is online. */
function answerOf(line: BatchLine, worst: Amount, prices: Prices | undefined) {
  if ('verdict' in line) {
    if (line.verdict.kind !== 'content-filtered') return undefined;
    return {
      reply: FILTERED,
      costUsd: 0,
      priced: true,
      estimated: false,
      latencyMs: 0,
      requestId: undefined,
    };
  }
  const { requestId } = line;
  // A provider that does not say what it counted is taken at the worst case: a bill may shrink, not grow.
  const estimated = line.reply.usage.estimated === true;
  const reply = estimated ? atWorst(line.reply, worst) : line.reply;
  const costUsd = estimated ? worst.usd : dollars(reply.usage, prices);
  return { reply, costUsd, priced: prices !== undefined, estimated, latencyMs: 0, requestId };
}
