import { type Transaction, sql } from 'kysely';
import type { Json } from '../../core/json';
import type { Reply, Usage } from '../../core/calls';
import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { BAD_ROW_REASONS, type OutcomeState } from '../../core/story/vocabulary';
import { packJson } from './compressed';
import type { Lease } from './leases';
import type { Database } from './open-database';
import type { Tables } from './schema';

export interface PaidAnswer {
  readonly key: string;
  readonly provider: string;
  readonly model: string;
  readonly reply: Reply;
  readonly costUsd: number;
  readonly latencyMs: number;
  readonly requestId: string | undefined;
  /** What was reserved for it. */
  readonly worst: Amount;
}

export interface RowEnd {
  readonly position: number;
  readonly version: number;
  readonly rowKey: string;
  readonly state: OutcomeState;
  readonly reason?: string;
  readonly detail?: string;
  readonly record?: Json;
  readonly recordTokens: number;
  /** Of every call behind the row, whoever paid. */
  readonly callKeys: readonly string[];
  readonly usage: Usage;
  readonly costUsd: number;
}

/** What a batch has to write: answers it paid for, and the end of a row. */
export interface Entry {
  readonly lease: Lease;
  readonly answer?: PaidAnswer;
  readonly end?: RowEnd;
}

/** @returns for each entry, whether its row's end stands in the ledger because of this entry */
export async function commitEntries(
  db: Database,
  entries: readonly Entry[],
  now = Date.now(),
): Promise<boolean[]> {
  return db.transaction().execute(async (tx) => {
    const ids = [...new Set(entries.map(({ lease }) => lease.id))];
    const alive = new Set(
      (await tx.selectFrom('lease').select('id').where('id', 'in', ids).execute()).map(({ id }) => id),
    );
    await settleAnswers(tx, entries, alive, now);
    const written = await insertEnds(
      tx,
      entries.filter(({ lease, end }) => end && alive.has(lease.id)),
      now,
    );
    return entries.map(({ lease, end }) => end !== undefined && written.has(placeOf(lease, end.position)));
  });
}

async function settleAnswers(
  tx: Transaction<Tables>,
  entries: readonly Entry[],
  alive: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const paid = entries.filter((entry): entry is Entry & { answer: PaidAnswer } => entry.answer !== undefined);
  if (paid.length === 0) return;
  const rows = paid.map(({ lease, answer }) => ({
    tenant: lease.tenant,
    key: answer.key,
    state: 'answered' as const,
    lease: lease.id,
    job: lease.job,
    provider: answer.provider,
    model: answer.model,
    reserved_tokens: 0,
    reserved_usd: 0,
    response: packJson(answer.reply),
    input_tokens: answer.reply.usage.inputTokens,
    cached_input_tokens: answer.reply.usage.cachedInputTokens,
    output_tokens: answer.reply.usage.outputTokens,
    cost_usd: answer.costUsd,
    latency_ms: answer.latencyMs,
    request_id: answer.requestId ?? null,
    at: now,
  }));
  // Only a call that this batch still holds is answered: one that was taken over belongs to the batch that took it.
  const settled = await tx
    .insertInto('call')
    .values(rows)
    .onConflict((c) =>
      c
        .columns(['tenant', 'key'])
        .doUpdateSet((e) => ({
          state: 'answered' as const,
          lease: null,
          response: e.ref('excluded.response'),
          input_tokens: e.ref('excluded.input_tokens'),
          cached_input_tokens: e.ref('excluded.cached_input_tokens'),
          output_tokens: e.ref('excluded.output_tokens'),
          cost_usd: e.ref('excluded.cost_usd'),
          latency_ms: e.ref('excluded.latency_ms'),
          request_id: e.ref('excluded.request_id'),
          at: e.ref('excluded.at'),
        }))
        .where(sql<boolean>`call.state = 'claimed' and call.lease = excluded.lease`),
    )
    .returning('key')
    .execute();
  const keys = new Set(settled.map(({ key }) => key));
  const byJob = new Map<string, Settlement>();
  for (const { lease, answer } of paid) {
    if (!keys.has(answer.key)) continue; // its money stays in doubt
    const sum = byJob.get(lease.job) ?? {
      tenant: lease.tenant,
      held: NO_AMOUNT,
      doubted: NO_AMOUNT,
      input: 0,
      output: 0,
      usd: 0,
      calls: 0,
    };
    // A batch that lost its lease had its reservations moved to "in doubt": its late answer settles them there.
    const part = alive.has(lease.id) ? 'held' : 'doubted';
    byJob.set(lease.job, {
      ...sum,
      [part]: addAmounts(sum[part], answer.worst),
      input: sum.input + answer.reply.usage.inputTokens,
      output: sum.output + answer.reply.usage.outputTokens,
      usd: sum.usd + answer.costUsd,
      calls: sum.calls + 1,
    });
  }
  for (const [job, sum] of byJob) await writeSettlement(tx, job, sum);
}

interface Settlement {
  readonly tenant: string;
  readonly held: Amount;
  readonly doubted: Amount;
  readonly input: number;
  readonly output: number;
  readonly usd: number;
  readonly calls: number;
}

async function writeSettlement(tx: Transaction<Tables>, job: string, sum: Settlement): Promise<void> {
  await tx
    .updateTable('budget')
    .set((e) => ({
      calls_spent: e('calls_spent', '+', sum.calls),
      tokens_spent: e('tokens_spent', '+', sum.input + sum.output),
      usd_spent: e('usd_spent', '+', sum.usd),
      input_tokens: e('input_tokens', '+', sum.input),
      output_tokens: e('output_tokens', '+', sum.output),
      calls_reserved: e('calls_reserved', '-', sum.held.calls),
      tokens_reserved: e('tokens_reserved', '-', sum.held.tokens),
      usd_reserved: e('usd_reserved', '-', sum.held.usd),
      calls_in_doubt: e('calls_in_doubt', '-', sum.doubted.calls),
      tokens_in_doubt: e('tokens_in_doubt', '-', sum.doubted.tokens),
      usd_in_doubt: e('usd_in_doubt', '-', sum.doubted.usd),
    }))
    .where('tenant', '=', sum.tenant)
    .where('job', '=', job)
    .execute();
}

const placeOf = (at: { job: string; stage: string; plan: number }, position: number) =>
  `${at.job} ${at.stage} ${at.plan} ${position}`;

async function insertEnds(
  tx: Transaction<Tables>,
  entries: readonly Entry[],
  now: number,
): Promise<Set<string>> {
  if (entries.length === 0) return new Set();
  const rows = entries.map(({ lease, end }) => ({
    tenant: lease.tenant,
    job: lease.job,
    stage: lease.stage,
    plan: lease.plan,
    position: end!.position,
    version: end!.version,
    row_key: end!.rowKey,
    state: end!.state,
    reason: end!.reason ?? null,
    detail: end!.detail ?? null,
    record: end!.record === undefined ? null : packJson(end!.record),
    record_tokens: end!.recordTokens,
    call_keys: end!.callKeys.join(','),
    calls: end!.callKeys.length,
    input_tokens: end!.usage.inputTokens,
    output_tokens: end!.usage.outputTokens,
    cost_usd: end!.costUsd,
    at: now,
  }));
  const written = await tx
    .insertInto('outcome')
    .values(rows)
    .onConflict((c) => c.doNothing())
    .returning(['tenant', 'job', 'stage', 'plan', 'position', 'state', 'reason'])
    .execute();
  const tallies = new Map<
    string,
    { at: (typeof written)[number]; accepted: number; rejected: number; failed: number; bad: number }
  >();
  for (const row of written) {
    const name = `${row.job} ${row.stage} ${row.plan}`;
    const tally = tallies.get(name) ?? { at: row, accepted: 0, rejected: 0, failed: 0, bad: 0 };
    tally[row.state] += 1;
    if (row.state === 'failed' || BAD_ROW_REASONS.includes(row.reason ?? '')) tally.bad += 1;
    tallies.set(name, tally);
  }
  for (const { at, ...tally } of tallies.values()) {
    await tx
      .updateTable('stage')
      .set((e) => ({
        accepted: e('accepted', '+', tally.accepted),
        rejected: e('rejected', '+', tally.rejected),
        failed: e('failed', '+', tally.failed),
        bad: e('bad', '+', tally.bad),
      }))
      .where('tenant', '=', at.tenant)
      .where('job', '=', at.job)
      .where('stage', '=', at.stage)
      .where('plan', '=', at.plan)
      .execute();
  }
  return new Set(written.map((row) => placeOf(row, row.position)));
}

/** A call that was not answered and will not be sent again by this batch. `paid: unknown` leaves its money in doubt. */
export async function releaseClaim(
  db: Database,
  lease: Lease,
  key: string,
  worst: Amount,
  paid: 'no' | 'unknown',
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const gone = await tx
      .deleteFrom('call')
      .where('tenant', '=', lease.tenant)
      .where('key', '=', key)
      .where('state', '=', 'claimed')
      .where('lease', '=', lease.id)
      .returning('key')
      .executeTakeFirst();
    if (!gone) return;
    await moveReserved(tx, lease, { calls: -worst.calls, tokens: -worst.tokens, usd: -worst.usd });
    if (paid === 'unknown') await addInDoubt(tx, lease, worst);
  });
}

/** A send whose fate is unknown (timeout, cut connection) while the same call is going to be sent again. */
export async function noteInDoubt(db: Database, lease: Lease, worst: Amount): Promise<void> {
  await db.transaction().execute((tx) => addInDoubt(tx, lease, worst));
}

async function moveReserved(tx: Transaction<Tables>, lease: Lease, by: Amount): Promise<void> {
  await tx
    .updateTable('budget')
    .set((e) => ({
      calls_reserved: e('calls_reserved', '+', by.calls),
      tokens_reserved: e('tokens_reserved', '+', by.tokens),
      usd_reserved: e('usd_reserved', '+', by.usd),
    }))
    .where('tenant', '=', lease.tenant)
    .where('job', '=', lease.job)
    .execute();
}

async function addInDoubt(tx: Transaction<Tables>, lease: Lease, amount: Amount): Promise<void> {
  await tx
    .updateTable('budget')
    .set((e) => ({
      calls_in_doubt: e('calls_in_doubt', '+', amount.calls),
      tokens_in_doubt: e('tokens_in_doubt', '+', amount.tokens),
      usd_in_doubt: e('usd_in_doubt', '+', amount.usd),
    }))
    .where('tenant', '=', lease.tenant)
    .where('job', '=', lease.job)
    .execute();
}
