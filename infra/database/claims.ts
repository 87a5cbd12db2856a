import type { Transaction } from 'kysely';
import type { Reply } from '../../core/calls';
import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { type OverBudget, refuseOver } from './budget';
import { unpackJson } from './compressed';
import type { BudgetRow } from './control';
import { type Lease, liveLeases } from './leases';
import type { Database } from './open-database';
import { perDialect, Prepared, PreparedInsert, PreparedList } from './prepared';
import type { Tables } from './schema';

export interface Claim {
  readonly lease: Lease;
  readonly key: string;
  readonly provider: string;
  readonly model: string;
  /** The most the call can cost. */
  readonly worst: Amount;
}

export interface StoredAnswer {
  readonly reply: Reply;
  readonly costUsd: number;
}

export type ClaimAnswer =
  | { readonly state: 'claimed' }
  | { readonly state: 'answered'; readonly answer: StoredAnswer }
  /** Another batch is asking it now: look again soon. */
  | { readonly state: 'elsewhere' }
  | OverBudget;

type Found = {
  key: string;
  state: string;
  lease: string | null;
  response: Uint8Array | null;
  cost_usd: number;
};

const COLUMNS = [
  ...(['tenant', 'key', 'state', 'lease', 'job', 'provider', 'model'] as const),
  ...(['reserved_tokens', 'reserved_usd', 'at'] as const),
] as const;

const statements = perDialect((dialect) => ({
  find: new PreparedList<Found>(
    dialect,
    (keys) => `select key, state, lease, response, cost_usd from call where tenant = ? and key in (${keys})`,
  ),
  insert: new PreparedInsert<typeof COLUMNS, { key: string }>(
    dialect,
    'call',
    COLUMNS,
    'on conflict do nothing returning key',
  ),
  budgets: new PreparedList<BudgetRow>(dialect, (jobs) => `select * from budget where job in (${jobs})`),
  reserve: new Prepared(
    dialect,
    'update budget set calls_reserved = calls_reserved + ?, tokens_reserved = tokens_reserved + ?, ' +
      'usd_reserved = usd_reserved + ?, calls_reused = calls_reused + ?, calls_repeated = calls_repeated + ? ' +
      'where tenant = ? and job = ?',
  ),
}));

/** Claims calls and reserves their worst case; one answer per claim, in order. The jobs' budgets are locked already. */
export async function claimCalls(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  claims: readonly Claim[],
  now: number,
): Promise<ClaimAnswer[]> {
  if (claims.length === 0) return [];
  const found = await findCalls(tx, dialect, claims);
  const holders = [...found.values()].flatMap((row) =>
    row.state === 'claimed' && row.lease ? [row.lease] : [],
  );
  const own = claims.map(({ lease }) => lease.id);
  const live = await liveLeases(tx, dialect, [...new Set([...holders, ...own])], now);
  const books = await Books.open(tx, dialect, claims);
  const taken = new Set<string>();
  const fresh: Claim[] = [];
  const answers: ClaimAnswer[] = [];
  const abandoned: { claim: Claim; from: string | null }[] = [];
  for (const claim of claims) {
    const row = found.get(claim.key);
    if (!live.has(claim.lease.id)) {
      answers.push({ state: 'elsewhere' }); // a batch that was given up must not reserve anything
      continue;
    }
    if (row?.state === 'answered') {
      books.of(claim).reused += 1;
      answers.push({
        state: 'answered',
        answer: { reply: unpackJson<Reply>(row.response!), costUsd: row.cost_usd },
      });
    } else if (taken.has(claim.key) || (row && live.has(row.lease ?? ''))) {
      answers.push({ state: 'elsewhere' });
    } else {
      const refusal = books.of(claim).reserve(claim.worst);
      if (refusal) {
        answers.push(refusal);
        continue;
      }
      taken.add(claim.key);
      if (row) abandoned.push({ claim, from: row.lease });
      else fresh.push(claim);
      answers.push({ state: 'claimed' });
    }
  }
  const lost = await insertClaims(tx, dialect, fresh, now);
  for (const { claim, from } of abandoned) {
    if (await takeOver(tx, claim, from, now)) books.of(claim).repeated += 1;
    else lost.add(claim.key);
  }
  claims.forEach((claim, i) => {
    if (!lost.has(claim.key) || answers[i]!.state !== 'claimed') return;
    books.of(claim).giveBack(claim.worst);
    answers[i] = { state: 'elsewhere' };
  });
  await books.write(tx);
  return answers;
}

async function findCalls(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  claims: readonly Claim[],
): Promise<Map<string, Found>> {
  const byTenant = new Map<string, Set<string>>();
  for (const { lease, key } of claims) {
    const keys = byTenant.get(lease.tenant) ?? new Set();
    byTenant.set(lease.tenant, keys.add(key));
  }
  const found = new Map<string, Found>();
  for (const [tenant, keys] of byTenant) {
    for (const row of await statements(dialect).find.run(tx, [...keys], [tenant])) found.set(row.key, row);
  }
  return found;
}

/** @returns keys that another process claimed in the meantime (Postgres only) */
async function insertClaims(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  claims: readonly Claim[],
  now: number,
): Promise<Set<string>> {
  const rows = claims.map(
    ({ lease, key, provider, model, worst }) =>
      [
        ...([lease.tenant, key, 'claimed', lease.id, lease.job, provider, model] as const),
        ...([worst.tokens, worst.usd, now] as const),
      ] as const,
  );
  const written = await statements(dialect).insert.run(tx, rows);
  const keys = new Set(written.map(({ key }) => key));
  return new Set(claims.map(({ key }) => key).filter((key) => !keys.has(key)));
}

/** A call whose batch died before its answer was committed. */
async function takeOver(
  tx: Transaction<Tables>,
  claim: Claim,
  from: string | null,
  now: number,
): Promise<boolean> {
  const { lease, key, worst } = claim;
  const done = await tx
    .updateTable('call')
    .set({ lease: lease.id, job: lease.job, reserved_tokens: worst.tokens, reserved_usd: worst.usd, at: now })
    .where('tenant', '=', lease.tenant)
    .where('key', '=', key)
    .where('state', '=', 'claimed')
    .where('lease', from === null ? 'is' : '=', from)
    .returning('key')
    .executeTakeFirst();
  return done !== undefined;
}

/** One job's budget during a claim: what has been reserved on top of what the database says. */
class Book {
  reused = 0;
  repeated = 0;
  #added: Amount = NO_AMOUNT;

  constructor(private readonly row: BudgetRow) {}

  reserve(worst: Amount): OverBudget | undefined {
    const refusal = refuseOver(this.row, this.#added, worst);
    if (!refusal) this.#added = addAmounts(this.#added, worst);
    return refusal;
  }

  giveBack(worst: Amount): void {
    this.#added = addAmounts(this.#added, { calls: -worst.calls, tokens: -worst.tokens, usd: -worst.usd });
  }

  async write(tx: Transaction<Tables>, dialect: Database['dialect']): Promise<void> {
    const added = this.#added;
    if (added.calls === 0 && this.reused === 0) return;
    const { tenant, job } = this.row;
    await statements(dialect).reserve.run(tx, [
      ...[added.calls, added.tokens, added.usd, this.reused, this.repeated],
      ...[tenant, job],
    ]);
  }
}

class Books {
  private constructor(
    private readonly dialect: Database['dialect'],
    private readonly books: Map<string, Book>,
  ) {}

  static async open(
    tx: Transaction<Tables>,
    dialect: Database['dialect'],
    claims: readonly Claim[],
  ): Promise<Books> {
    const jobs = [...new Set(claims.map(({ lease }) => lease.job))];
    const rows = await statements(dialect).budgets.run(tx, jobs);
    return new Books(dialect, new Map(rows.map((row) => [row.job, new Book(row)])));
  }

  of(claim: Claim): Book {
    return this.books.get(claim.lease.job)!;
  }

  async write(tx: Transaction<Tables>): Promise<void> {
    for (const book of this.books.values()) await book.write(tx, this.dialect);
  }
}
