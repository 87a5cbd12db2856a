import { randomUUID } from 'node:crypto';
import { budgetReached, capWithoutPrice } from '../core/budget-reached';
import { batchPrices } from '../core/price';
import { hashJson } from '../core/hash';
import { worstCase } from '../core/price';
import { CHUNK_ROWS, PROVIDER_BATCH_SCAN_ROWS } from '../core/story/limits';
import type { Activities, IntendInput, IntendResult } from '../core/story/ports';
import type { Block } from '../core/story/vocabulary';
import {
  type BatchIntent,
  intendBatches,
  listBatches,
  type ProviderBatchRow,
  takenCalls,
} from '../infra/database/batches';
import type { Refusal } from '../infra/database/budget';
import { findStage, type StageRow } from '../infra/database/stages';
import type { Target } from '../infra/models/broker/target';
import { batchTargets, standingOf } from './batch-standing';
import type { ActivityDeps } from './deps';
import { type FirstCall, firstCalls } from './first-calls';
import { type JobContext, loadJob } from './job-context';

type BatchCall = BatchIntent['calls'][number] & { readonly target: Target };

/**
 * Claims the first calls of a plan's next rows for provider batches, one a model, before anything is sent. Batches of
 * this plan that are open already are given back instead: a run that replaced another goes on with them.
 */
export function intendProviderBatch(deps: ActivityDeps): Activities['intendProviderBatch'] {
  return async (input) => {
    const job = await loadJob(deps, input.jobId);
    const stop = await standingOf(deps, job, input.epoch);
    if (stop) return { next: input.from, batches: [], stop };
    const { stage, plan, from, known } = input;
    const batches = await listBatches(deps.db, job.tenant, job.id, { stage, plan });
    const open = batches.filter(({ id, state }) => state !== 'collected' && !known.includes(id));
    if (open.length > 0) return { next: from, batches: open.map(({ id }) => id) };
    const next = afterCovered(batches, from);
    const row = await findStage(deps.db, { tenant: job.tenant, job: job.id, stage, plan });
    if (!row?.manifest) throw new Error(`stage ${stage} of job ${job.id} has no plan ${plan}`);
    if (next >= row.planned) return { next, batches: [] };
    return intendNext(deps, job, row, { ...input, from: next }, batches);
  };
}

/** A batch that came to nothing leaves its rows to another one, once it is known what was answered all the same. */
const isTaken = ({ state, facts }: ProviderBatchRow): boolean => state !== 'collected' || !facts.again;

/** First row from `from` on that no batch has had: what a batch left over goes online. */
function afterCovered(batches: readonly ProviderBatchRow[], from: number): number {
  let next = from;
  for (;;) {
    const covering = batches.filter((one) => isTaken(one) && one.facts.from <= next && next < one.facts.to);
    if (covering.length === 0) return next;
    next = Math.max(...covering.map(({ facts }) => facts.to));
  }
}

async function intendNext(
  deps: ActivityDeps,
  job: JobContext,
  row: StageRow,
  { epoch, from }: IntendInput,
  batches: readonly ProviderBatchRow[],
): Promise<IntendResult> {
  const ahead = batches.filter((one) => isTaken(one) && one.facts.from > from);
  const end = Math.min(row.planned, from + PROVIDER_BATCH_SCAN_ROWS, ...ahead.map(({ facts }) => facts.from));
  const earlier = batches.filter(
    ({ facts }) => facts.again === true && facts.from <= from && from < facts.to,
  );
  const requestsMax = Math.min(Infinity, ...earlier.map(({ facts }) => facts.requestsMax ?? Infinity));
  const { calls, to } = await findCalls(deps, job, row, { from, to: end, requestsMax });
  if (calls.length === 0) return { next: to, batches: [] };
  const intents = intentsOf(calls, { row, from, epoch, tries: batches.length });
  const intended = await intendBatches(deps.db, { tenant: job.tenant, id: job.id, epoch, to }, intents);
  if (intended.state === 'fenced') return { next: from, batches: [], stop: 'fenced' };
  if (intended.state === 'intended') return { next: intended.to, batches: intended.ids };
  if (intended.state === 'over-budget' && intended.waiting)
    return { next: from, batches: [], againAfterMs: againAfter(deps, calls) };
  return { next: from, batches: [], stop: 'blocked', block: blockOf(job.id, intended, calls) };
}

function blockOf(job: string, refusal: Refusal, calls: readonly BatchCall[]): Block {
  const bare = { code: 'budget-reached', samples: [], choices: [] };
  if (refusal.state === 'over-budget') return { ...bare, message: budgetReached(job, refusal.uses) };
  const { target } = calls.find(({ priced }) => !priced)!;
  return { ...bare, message: capWithoutPrice(job, target.name), asWritten: true };
}

const againAfter = (deps: ActivityDeps, [first]: readonly BatchCall[]): number =>
  deps.models.batches(first!.target.provider).client.limits.lookFirstMs;

/** Calls of rows from `from` on that nobody has asked, as many as one batch takes. `to`: first row not looked at. */
async function findCalls(
  deps: ActivityDeps,
  job: JobContext,
  row: StageRow,
  { from, to, requestsMax }: { readonly from: number; readonly to: number; readonly requestsMax: number },
): Promise<{ readonly calls: readonly BatchCall[]; readonly to: number }> {
  const targets = batchTargets(deps, job);
  const room = new Room(deps, requestsMax);
  const calls: BatchCall[] = [];
  const keys = new Set<string>();
  for (let start = from; start < to;) {
    const end = Math.min(to, start - (start % CHUNK_ROWS) + CHUNK_ROWS);
    const asked: FirstCall[] = [];
    for await (const call of firstCalls(deps, job, row, start, end)) asked.push(call);
    const taken = await takenCalls(deps.db, job.tenant, [...new Set(asked.map(({ key }) => key))]);
    for (const call of asked) {
      if (taken.has(call.key) || keys.has(call.key)) continue;
      const target = targets.get(call.role)!;
      const fits = room.take(target, call);
      if (fits === 'full') return { calls, to: call.position };
      if (fits === 'never') continue; // larger than any batch may be: it goes online
      keys.add(call.key);
      const worst = worstCase(call.request, batchPrices(target.prices));
      const priced = target.prices !== undefined;
      calls.push({ position: call.position, key: call.key, ...target.identity, worst, priced, target });
    }
    start = end;
  }
  return { calls, to };
}

/** How much more the batches of one pass may hold, by provider's limits. */
class Room {
  readonly #used = new Map<string, { requests: number; bytes: number }>();

  constructor(
    private readonly deps: ActivityDeps,
    private readonly requestsMax: number,
  ) {}

  take(target: Target, { key, request, seed }: FirstCall): 'taken' | 'full' | 'never' {
    const { client, linesOf } = this.deps.models.batches(target.provider);
    const bytes = Buffer.byteLength(linesOf(target.model)(key, request, seed));
    if (bytes > client.limits.bytesMax) return 'never';
    const used = this.#used.get(target.name) ?? { requests: 0, bytes: 0 };
    const requestsMax = Math.min(client.limits.requestsMax, this.requestsMax);
    if (used.requests >= requestsMax || used.bytes + bytes > client.limits.bytesMax) return 'full';
    this.#used.set(target.name, { requests: used.requests + 1, bytes: used.bytes + bytes });
    return 'taken';
  }
}

function intentsOf(
  calls: readonly BatchCall[],
  { row, from, epoch, tries }: { row: StageRow; from: number; epoch: number; tries: number },
): BatchIntent[] {
  const { stage, plan, manifest } = row;
  const byName = new Map(calls.map(({ target }) => [target.name, target])); // roles may share a model
  return [...byName.values()].map((target) => {
    const own = calls.filter((call) => call.target.name === target.name);
    return {
      id: randomUUID(),
      // The number of batches before it tells a second try from the first one.
      chunkHash: hashJson([stage, plan, manifest, from, { ...target.identity }, tries]),
      ...target.identity,
      facts: { stage, plan, from, epoch },
      calls: own.map(({ target: _target, ...call }) => call),
    };
  });
}
