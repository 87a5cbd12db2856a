/** Provider batches in the ledger. Their calls hang on a lease of their own, whose id is the batch's. */
import type { Selectable, Transaction } from 'kysely';
import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { PROVIDER_BATCH_LEASE_MS } from '../../core/story/limits';
import { expectReads, giveBackTo, lockBudgets, type Refusal, refuseCall } from './budget';
import { type Claim, claimCalls, findCalls, type FoundCalls } from './claims';
import type { BudgetRow } from './control';
import { appendEvent } from './events';
import { holdLeases, type Lease, PROVIDER_BATCH_WORKER } from './leases';
import type { Database } from './open-database';
import type { Tables } from './schema';

/** `intended`: claimed, perhaps sent. `submitted`: the provider has it. `collected`: over, nothing is claimed any more. */
export type BatchState = 'intended' | 'submitted' | 'collected';

/** The `data` column. */
export interface BatchFacts {
  readonly stage: string;
  readonly plan: number;
  /** Rows [from, to) of the plan. */
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  /** Of the run that claimed it. */
  readonly epoch: number;
  /** The uploaded requests, as the provider names them. */
  readonly inputFile?: string;
  /** When a creation was begun whose end is not known. */
  readonly attemptedAt?: number;
  /** When a listing first showed nothing of such a creation. */
  readonly missedAt?: number;
  /** True when it came to nothing for a reason that passes: its rows may go into another batch. */
  readonly again?: boolean;
  /** The most requests of that other batch. */
  readonly requestsMax?: number;
  /** How it ended, for people. */
  readonly note?: string;
}

export interface ProviderBatchRow extends Omit<Selectable<Tables['batch']>, 'data' | 'state'> {
  readonly state: BatchState;
  readonly facts: BatchFacts;
}

const rowOf = ({ data, state, ...row }: Selectable<Tables['batch']>): ProviderBatchRow => ({
  ...row,
  state: state as BatchState,
  facts: JSON.parse(data) as BatchFacts,
});

export const leaseOf = ({ tenant, id, job, facts }: ProviderBatchRow): Lease => ({
  tenant,
  id,
  job,
  epoch: facts.epoch,
  stage: facts.stage,
  plan: facts.plan,
  from: facts.from,
  worker: PROVIDER_BATCH_WORKER,
});

/** A job's provider batches, oldest first; of one plan where it is given. */
export async function listBatches(
  db: Database,
  tenant: string,
  job: string,
  of?: { readonly stage: string; readonly plan: number },
): Promise<ProviderBatchRow[]> {
  const rows = await db
    .selectFrom('batch')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(rowOf).filter(({ facts }) => !of || (facts.stage === of.stage && facts.plan === of.plan));
}

export async function readBatch(db: Database, tenant: string, id: string): Promise<ProviderBatchRow> {
  const row = await db
    .selectFrom('batch')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return rowOf(row);
}

export interface BatchIntent {
  readonly id: string;
  readonly chunkHash: string;
  readonly provider: string;
  readonly model: string;
  readonly facts: Omit<BatchFacts, 'requests' | 'to'>;
  /** In the order of their rows. */
  readonly calls: readonly (Omit<Claim, 'lease'> & { readonly position: number })[];
}

/** `to`: first row whose calls the budget did not hold. */
export type Intended =
  | { readonly state: 'intended'; readonly ids: readonly string[]; readonly to: number }
  | Refusal
  | { readonly state: 'fenced' };

/**
 * Claims the calls of new batches, reserves their worst case and writes the batches down, in one transaction: before
 * anything is sent, what is sent has its place in the ledger. Takes only as many rows as the budget holds.
 */
export async function intendBatches(
  db: Database,
  job: { readonly tenant: string; readonly id: string; readonly epoch: number; readonly to: number },
  intents: readonly BatchIntent[],
  now = Date.now(),
): Promise<Intended> {
  return db.transaction().execute(async (tx) => {
    if (!(await holdsJob(tx, db.dialect, job))) return { state: 'fenced' };
    const { dialect } = db;
    const wanted = intents.map((intent) => withLease(job, intent));
    const calls = wanted.flatMap(({ claims }) => claims).sort((a, b) => a.position - b.position);
    const found = await findCalls(tx, dialect, calls, now);
    await lockBudgets(tx, dialect, [{ tenant: job.tenant, job: job.id }, ...found.dead]);
    const budget = await tx
      .selectFrom('budget')
      .selectAll()
      .where('tenant', '=', job.tenant)
      .where('job', '=', job.id)
      .executeTakeFirstOrThrow();
    const cut = firstOver(budget, calls);
    if (cut && cut.position === calls[0]!.position) return cut.refusal;
    const to = cut?.position ?? job.to;
    const ids: string[] = [];
    for (const one of wanted) if (await intendOne(tx, dialect, one, found, to, now)) ids.push(one.lease.id);
    return { state: 'intended', ids, to };
  });
}

interface Wanted {
  readonly intent: BatchIntent;
  readonly lease: Lease;
  readonly claims: readonly (Claim & { readonly position: number })[];
}

function withLease(
  job: { readonly tenant: string; readonly id: string; readonly epoch: number },
  intent: BatchIntent,
): Wanted {
  const { stage, plan, from } = intent.facts;
  const { tenant, id, epoch } = job;
  const of = { tenant, id: intent.id, job: id, epoch, stage, plan, from };
  const lease: Lease = { ...of, worker: PROVIDER_BATCH_WORKER };
  return { intent, lease, claims: intent.calls.map((call) => ({ ...call, lease })) };
}

/** One batch and what it claims; false when another holds all of its calls. */
async function intendOne(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  { intent, lease, claims }: Wanted,
  found: FoundCalls,
  to: number,
  now: number,
): Promise<boolean> {
  const { id, chunkHash, provider, model, facts } = intent;
  const { tenant, job, epoch, worker } = lease;
  const { stage, plan, from } = facts;
  const expiresAt = now + PROVIDER_BATCH_LEASE_MS;
  await tx
    .insertInto('lease')
    .values({ tenant, id, job, epoch, stage, plan, from_row: from, worker, expires_at: expiresAt })
    .execute();
  const write = { tx, dialect, leases: new Map([[id, { tenant, id, job, expiresAt }]]), now };
  const answers = await claimCalls(
    write,
    found,
    claims.filter(({ position }) => position < to),
  );
  const requests = answers.filter(({ state }) => state === 'claimed').length;
  if (requests === 0) {
    await tx.deleteFrom('lease').where('tenant', '=', tenant).where('id', '=', id).execute();
    return false;
  }
  await expectReads(tx, lease, requests);
  const data = JSON.stringify({ ...facts, to, requests } satisfies BatchFacts);
  const row = { tenant, id, job, chunk_hash: chunkHash, provider, model, remote_id: null };
  await tx
    .insertInto('batch')
    .values({ ...row, state: 'intended', data, at: now })
    .execute();
  const event = { batch: id, stage, plan, from, to, requests, state: 'intended' };
  await appendEvent(tx, { tenant, job, kind: 'batch', data: event }, now);
  return true;
}

async function holdsJob(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  { tenant, id, epoch }: { readonly tenant: string; readonly id: string; readonly epoch: number },
): Promise<boolean> {
  const control = await tx
    .selectFrom('control')
    .select('epoch')
    .where('tenant', '=', tenant)
    .where('job', '=', id)
    .$if(dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
  return control.epoch === epoch;
}

/** The first call that the budget does not hold together with those before it. */
function firstOver(
  row: BudgetRow,
  calls: BatchIntent['calls'],
): { readonly position: number; readonly refusal: Refusal } | undefined {
  let added = NO_AMOUNT;
  for (const call of calls) {
    const refusal = refuseCall(row, added, call);
    if (refusal) return { position: call.position, refusal };
    added = addAmounts(added, call.worst);
  }
  return undefined;
}

export interface BatchChange {
  readonly state?: BatchState;
  readonly remoteId?: string | null;
  /** Members that are undefined are removed. */
  readonly facts?: { readonly [Name in keyof BatchFacts]?: BatchFacts[Name] | undefined };
}

/** Changes a batch by what it is at that moment. @returns undefined, and changes nothing, where `decide` declines */
export async function changeBatch(
  db: Database,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  decide: (row: ProviderBatchRow) => BatchChange | undefined,
): Promise<ProviderBatchRow | undefined> {
  return db.transaction().execute(async (tx) => {
    const found = await tx
      .selectFrom('batch')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    const row = rowOf(found);
    const change = decide(row);
    if (!change) return undefined;
    const facts = { ...row.facts, ...change.facts } as BatchFacts;
    const state = change.state ?? row.state;
    const remote_id = change.remoteId === undefined ? row.remote_id : change.remoteId;
    await tx
      .updateTable('batch')
      .set({ state, remote_id, data: JSON.stringify(facts) })
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .execute();
    if (state !== row.state) {
      const { stage, plan, from, to, requests, note } = facts;
      const data = { batch: id, stage, plan, from, to, requests, state, remoteId: remote_id, note };
      await appendEvent(tx, { tenant, job: row.job, kind: 'batch', data });
    }
    return { ...row, state, remote_id, facts };
  });
}

/** What was reserved for each of a batch's calls that has no answer yet, by key. */
export async function claimedCalls(
  db: Database,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<Map<string, Amount>> {
  const rows = await db
    .selectFrom('call')
    .select(['key', 'reserved_tokens', 'reserved_usd'])
    .where('tenant', '=', tenant)
    .where('lease', '=', id)
    .where('state', '=', 'claimed')
    .execute();
  return new Map(
    rows.map(({ key, reserved_tokens: tokens, reserved_usd: usd }) => [key, { calls: 1, tokens, usd }]),
  );
}

/** Which of these calls are answered, or asked by a batch that lives: none of them is to be asked again. */
export async function takenCalls(
  db: Database,
  tenant: string,
  keys: readonly string[],
  now = Date.now(),
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .selectFrom('call')
    .leftJoin('lease', (join) =>
      join.onRef('lease.tenant', '=', 'call.tenant').onRef('lease.id', '=', 'call.lease'),
    )
    .select('call.key')
    .where('call.tenant', '=', tenant)
    .where('call.key', 'in', [...keys])
    .where((e) => e.or([e('call.state', '=', 'answered'), e('lease.expires_at', '>', now)]))
    .execute();
  return new Set(rows.map(({ key }) => key));
}

/** Keeps a batch's calls claimed while the provider works on it; a lease that was ended stays ended. */
export async function holdBatch(
  db: Database,
  { tenant, id }: ProviderBatchRow,
  now = Date.now(),
): Promise<void> {
  await db
    .updateTable('lease')
    .set({ expires_at: now + PROVIDER_BATCH_LEASE_MS })
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .execute();
}

/** Lets go of all calls that got no answer; `unknown` leaves their money in doubt. */
export async function releaseCalls(
  db: Database,
  batch: ProviderBatchRow,
  paid: 'no' | 'unknown',
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { tenant, id } = batch;
    await lockBudgets(tx, db.dialect, [batch]);
    const held = (await holdLeases(tx, db.dialect, [batch])).has(id);
    const gone = await tx
      .deleteFrom('call')
      .where('tenant', '=', tenant)
      .where('lease', '=', id)
      .where('state', '=', 'claimed')
      .returning(['reserved_tokens as tokens', 'reserved_usd as usd'])
      .execute();
    const sum = gone.reduce<Amount>((total, one) => addAmounts(total, { calls: 1, ...one }), NO_AMOUNT);
    await giveBackTo(tx, batch, sum, { held, paid });
    await expectReads(tx, batch, -gone.length);
    return gone.length;
  });
}
