import type { Transaction } from 'kysely';
import type { Json } from '../../core/json';
import type { Reply, Usage } from '../../core/calls';
import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { BAD_ROW_REASONS, type OutcomeState } from '../../core/story/vocabulary';
import { packJson } from './compressed';
import type { Lease } from './leases';
import type { LedgerWrite } from './ledger-write';
import type { Database } from './open-database';
import { perDialect, Prepared, PreparedInsert } from './prepared';
import type { Tables } from './schema';

export interface PaidAnswer {
  readonly key: string;
  readonly provider: string;
  readonly model: string;
  readonly reply: Reply;
  readonly costUsd: number;
  /** False where the model has no price: its dollars are unknown. */
  readonly priced: boolean;
  /** The provider gave no usage: its tokens were counted here. */
  readonly estimated: boolean;
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

const ANSWER_COLUMNS = [
  ...(['tenant', 'key', 'state', 'lease', 'job', 'provider', 'model', 'response'] as const),
  ...([
    'input_tokens',
    'cached_input_tokens',
    'output_tokens',
    'cost_usd',
    'latency_ms',
    'request_id',
    'estimated',
  ] as const),
  'at',
] as const;
const ANSWERED = ['response', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'cost_usd'].concat([
  'latency_ms',
  'request_id',
  'estimated',
  'at',
]);
/** Only a call that this batch still holds is answered: one that was taken over belongs to the batch that took it. */
const SETTLE =
  `on conflict (tenant, key) do update set state = 'answered', lease = null, ` +
  `${ANSWERED.map((column) => `${column} = excluded.${column}`).join(', ')} ` +
  `where call.state = 'claimed' and call.lease = excluded.lease returning key`;

const OUTCOME_COLUMNS = [
  ...(['tenant', 'job', 'stage', 'plan', 'position', 'version', 'row_key', 'state', 'reason'] as const),
  ...(['detail', 'record', 'record_tokens', 'call_keys', 'calls', 'input_tokens', 'output_tokens'] as const),
  ...(['cost_usd', 'at'] as const),
] as const;

interface Written {
  readonly tenant: string;
  readonly job: string;
  readonly stage: string;
  readonly plan: number;
  readonly position: number;
  readonly state: OutcomeState;
  readonly reason: string | null;
}

const statements = perDialect((dialect) => ({
  settle: new PreparedInsert<typeof ANSWER_COLUMNS, { key: string }>(dialect, 'call', ANSWER_COLUMNS, SETTLE),
  spend: new Prepared(
    dialect,
    'update budget set calls_spent = calls_spent + ?, tokens_spent = tokens_spent + ?, usd_spent = usd_spent + ?, ' +
      'input_tokens = input_tokens + ?, output_tokens = output_tokens + ?, ' +
      'calls_estimated = calls_estimated + ?, calls_unpriced = calls_unpriced + ?, ' +
      'calls_reserved = calls_reserved - ?, tokens_reserved = tokens_reserved - ?, usd_reserved = usd_reserved - ?, ' +
      'calls_in_doubt = calls_in_doubt - ?, tokens_in_doubt = tokens_in_doubt - ?, usd_in_doubt = usd_in_doubt - ? ' +
      'where tenant = ? and job = ?',
  ),
  end: new PreparedInsert<typeof OUTCOME_COLUMNS, Written>(
    dialect,
    'outcome',
    OUTCOME_COLUMNS,
    'on conflict do nothing returning tenant, job, stage, plan, position, state, reason',
  ),
  own: new Prepared(
    dialect,
    'select position from outcome where tenant = ? and job = ? and stage = ? and plan = ? and position = ? ' +
      'and version = ? and at = ?',
  ),
  count: new Prepared(
    dialect,
    'update stage set accepted = accepted + ?, rejected = rejected + ?, failed = failed + ?, bad = bad + ? ' +
      'where tenant = ? and job = ? and stage = ? and plan = ?',
  ),
}));

/**
 * Writes answers and ends of rows.
 * @returns for each entry, whether its row's end stands in the ledger because of this entry
 */
export async function commitEntries(write: LedgerWrite, entries: readonly Entry[]): Promise<boolean[]> {
  if (entries.length === 0) return [];
  for (const paid of onceEach(entries)) await settleAnswers(write, paid);
  const ends = entries.filter(({ lease, end }) => end && write.leases.has(lease.id));
  const written = await insertEnds(write, ends);
  return entries.map(
    ({ lease, end }) =>
      end !== undefined && write.leases.has(lease.id) && written.delete(placeOf(lease, end.position)),
  );
}

type PaidEntry = Entry & { readonly answer: PaidAnswer };

/** Postgres takes a key once in a statement: a second answer for it comes after the first, and settles nothing twice. */
function onceEach(entries: readonly Entry[]): PaidEntry[][] {
  const times = new Map<string, number>();
  const rounds: PaidEntry[][] = [];
  for (const entry of entries) {
    if (!entry.answer) continue;
    const { key } = entry.answer;
    const round = times.get(key) ?? 0;
    times.set(key, round + 1);
    (rounds[round] ??= []).push(entry as PaidEntry);
  }
  return rounds;
}

async function settleAnswers(
  { tx, dialect, leases, now }: LedgerWrite,
  paid: readonly PaidEntry[],
): Promise<void> {
  const rows = paid.map(({ lease, answer }) => {
    const { usage } = answer.reply;
    return [
      ...([lease.tenant, answer.key, 'answered', lease.id, lease.job] as const),
      ...([answer.provider, answer.model, packJson(answer.reply)] as const),
      ...([usage.inputTokens, usage.cachedInputTokens, usage.outputTokens] as const),
      ...([answer.costUsd, answer.latencyMs, answer.requestId ?? null] as const),
      ...([answer.estimated ? 1 : 0, now] as const),
    ] as const;
  });
  const settled = await statements(dialect).settle.run(tx, rows);
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
      estimated: 0,
      unpriced: 0,
    };
    // A batch that lost its lease had its reservations moved to "in doubt": its late answer settles them there.
    const part = leases.has(lease.id) ? 'held' : 'doubted';
    byJob.set(lease.job, {
      ...sum,
      [part]: addAmounts(sum[part], answer.worst),
      input: sum.input + answer.reply.usage.inputTokens,
      output: sum.output + answer.reply.usage.outputTokens,
      usd: sum.usd + answer.costUsd,
      calls: sum.calls + 1,
      estimated: sum.estimated + (answer.estimated ? 1 : 0),
      unpriced: sum.unpriced + (answer.priced ? 0 : 1),
    });
  }
  for (const [job, sum] of byJob) await writeSettlement(tx, dialect, job, sum);
}

interface Settlement {
  readonly tenant: string;
  readonly held: Amount;
  readonly doubted: Amount;
  readonly input: number;
  readonly output: number;
  readonly usd: number;
  readonly calls: number;
  readonly estimated: number;
  readonly unpriced: number;
}

async function writeSettlement(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  job: string,
  { tenant, held, doubted, input, output, usd, calls, estimated, unpriced }: Settlement,
): Promise<void> {
  await statements(dialect).spend.run(tx, [
    ...[calls, input + output, usd, input, output, estimated, unpriced],
    ...[held.calls, held.tokens, held.usd],
    ...[doubted.calls, doubted.tokens, doubted.usd],
    ...[tenant, job],
  ]);
}

const placeOf = (at: { job: string; stage: string; plan: number }, position: number) =>
  `${at.job} ${at.stage} ${at.plan} ${position}`;

async function insertEnds(write: LedgerWrite, entries: readonly Entry[]): Promise<Set<string>> {
  if (entries.length === 0) return new Set();
  const { tx, dialect, now, asOf = now } = write;
  const rows = entries.map(({ lease, end }) => {
    const { position, version, rowKey, state, reason, detail, record, callKeys, usage } = end!;
    return [
      ...([lease.tenant, lease.job, lease.stage, lease.plan, position, version, rowKey, state] as const),
      ...([
        reason ?? null,
        detail?.replaceAll('\0', '\uFFFD') ?? null,
        record === undefined ? null : packJson(record),
      ] as const),
      ...([end!.recordTokens, callKeys.join(','), callKeys.length] as const),
      ...([usage.inputTokens, usage.outputTokens, end!.costUsd, asOf] as const),
    ] as const;
  });
  const written = await statements(dialect).end.run(tx, rows);
  const tallies = new Map<
    string,
    { at: Written; accepted: number; rejected: number; failed: number; bad: number }
  >();
  for (const row of written) {
    const name = `${row.job} ${row.stage} ${row.plan}`;
    const tally = tallies.get(name) ?? { at: row, accepted: 0, rejected: 0, failed: 0, bad: 0 };
    tally[row.state] += 1;
    if (row.state === 'failed' || BAD_ROW_REASONS.includes(row.reason ?? '')) tally.bad += 1;
    tallies.set(name, tally);
  }
  for (const { at, ...tally } of tallies.values()) {
    const { accepted, rejected, failed, bad } = tally;
    await statements(dialect).count.run(tx, [
      ...[accepted, rejected, failed, bad],
      ...[at.tenant, at.job, at.stage, at.plan],
    ]);
  }
  const places = new Set(written.map((row) => placeOf(row, row.position)));
  for (const entry of entries)
    if (await isOwn(write, entry, places)) places.add(placeOf(entry.lease, entry.end!.position));
  return places;
}

/** Whether the first write of this work has written an end that could not be inserted now. */
async function isOwn(
  { tx, dialect, asOf }: LedgerWrite,
  { lease, end }: Entry,
  written: ReadonlySet<string>,
): Promise<boolean> {
  const { position, version } = end!;
  if (asOf === undefined || written.has(placeOf(lease, position))) return false;
  const { tenant, job, stage, plan } = lease;
  const key = [tenant, job, stage, plan, position, version, asOf];
  return (await statements(dialect).own.run(tx, key)).length > 0;
}
