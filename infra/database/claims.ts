import type { Transaction } from 'kysely';
import type { Reply } from '../../core/calls';
import { type Amount, addAmounts, NO_AMOUNT } from '../../core/price';
import { type Asked, type Refusal, refuseCall } from './budget';
import { unpackJson } from './compressed';
import type { BudgetRow } from './control';
import { idsByTenant } from './ids-by-tenant';
import { endExpiredLease, findLeases, type Lease, type LeaseRef } from './leases';
import type { LedgerWrite } from './ledger-write';
import type { Database } from './open-database';
import { perDialect, Prepared, PreparedInsert, PreparedList } from './prepared';
import type { Tables } from './schema';

export interface Claim extends Asked {
  readonly lease: Lease;
  readonly key: string;
  readonly provider: string;
  readonly model: string;
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
  | Refusal;

type CallRow = {
  key: string;
  state: string;
  lease: string | null;
  at: number;
  response: Uint8Array | null;
  cost_usd: number;
};

/** What is known of calls before anything is locked: whose budgets a claim of them moves. */
export interface FoundCalls {
  readonly rows: ReadonlyMap<string, CallRow>;
  /** Those of their holders that live. */
  readonly live: ReadonlySet<string>;
  /** Those that have run out and were not ended. */
  readonly dead: readonly LeaseRef[];
}

const COLUMNS = [
  ...(['tenant', 'key', 'state', 'lease', 'job', 'provider', 'model'] as const),
  ...(['reserved_tokens', 'reserved_usd', 'at'] as const),
] as const;

const statements = perDialect((dialect) => ({
  find: new PreparedList<CallRow>(
    dialect,
    (keys) =>
      `select key, state, lease, at, response, cost_usd from call where tenant = ? and key in (${keys})`,
  ),
  insert: new PreparedInsert<typeof COLUMNS, { key: string }>(
    dialect,
    'call',
    COLUMNS,
    'on conflict do nothing returning key',
  ),
  budgets: new PreparedList<BudgetRow>(
    dialect,
    (jobs) => `select * from budget where tenant = ? and job in (${jobs})`,
  ),
  reserve: new Prepared(
    dialect,
    'update budget set calls_reserved = calls_reserved + ?, tokens_reserved = tokens_reserved + ?, ' +
      'usd_reserved = usd_reserved + ?, calls_reused = calls_reused + ?, calls_repeated = calls_repeated + ? ' +
      'where tenant = ? and job = ?',
  ),
}));

export async function findCalls(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  claims: readonly Claim[],
  now: number,
): Promise<FoundCalls> {
  const rows = new Map<string, CallRow>();
  const holders: { tenant: string; id: string }[] = [];
  for (const [tenant, keys] of idsByTenant(claims.map(({ lease, key }) => ({ ...lease, id: key })))) {
    for (const row of await statements(dialect).find.run(tx, keys, [tenant])) {
      rows.set(row.key, row);
      if (row.state === 'claimed' && row.lease) holders.push({ tenant, id: row.lease });
    }
  }
  const leases = [...(await findLeases(tx, dialect, holders)).values()];
  const live = new Set(leases.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id));
  return { rows, live, dead: leases.filter(({ id }) => !live.has(id)) };
}

/**
 * Claims calls and reserves their worst case; one answer per claim, in order. Holders that have run out are ended first:
 * what they had reserved is in doubt, whoever takes their calls over.
 */
export async function claimCalls(
  write: LedgerWrite,
  found: FoundCalls,
  claims: readonly Claim[],
): Promise<ClaimAnswer[]> {
  if (claims.length === 0) return [];
  const { tx, dialect, leases, now, asOf } = write;
  const live = new Set(found.live);
  for (const dead of found.dead) if (!(await endExpiredLease(tx, dialect, dead, now))) live.add(dead.id);
  const books = await Books.open(tx, dialect, claims);
  const taken = new Set<string>();
  const fresh: Claim[] = [];
  const abandoned: { claim: Claim; from: string | null }[] = [];
  const answers = claims.map((claim): ClaimAnswer => {
    // A batch that was given up must not reserve anything.
    if ((leases.get(claim.lease.id)?.expiresAt ?? 0) <= now) return { state: 'elsewhere' };
    const row = found.rows.get(claim.key);
    if (row?.state === 'answered') {
      books.of(claim).reused += 1;
      const reply = unpackJson<Reply>(row.response!);
      return { state: 'answered', answer: { reply, costUsd: row.cost_usd } };
    }
    if (asOf !== undefined && row?.at === asOf && row.lease === claim.lease.id) {
      taken.add(claim.key);
      return { state: 'claimed' }; // by the first write of this work: it is reserved already
    }
    if (taken.has(claim.key) || (row && live.has(row.lease ?? ''))) return { state: 'elsewhere' };
    const refusal = books.of(claim).reserve(claim);
    if (refusal) return refusal;
    taken.add(claim.key);
    if (row) abandoned.push({ claim, from: row.lease });
    else fresh.push(claim);
    return { state: 'claimed' };
  });
  const lost = await insertClaims(write, fresh);
  for (const { claim, from } of abandoned) {
    if (await takeOver(tx, claim, from, asOf ?? now)) books.of(claim).repeated += 1;
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

/** @returns keys that another process claimed in the meantime (Postgres only) */
async function insertClaims(
  { tx, dialect, now, asOf = now }: LedgerWrite,
  claims: readonly Claim[],
): Promise<Set<string>> {
  const ordered = [...claims].sort((a, b) => (a.key < b.key ? -1 : 1)); // the order in which they are locked
  const rows = ordered.map(
    ({ lease, key, provider, model, worst }) =>
      [
        ...([lease.tenant, key, 'claimed', lease.id, lease.job, provider, model] as const),
        ...([worst.tokens, worst.usd, asOf] as const),
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
  at: number,
): Promise<boolean> {
  const { lease, key, worst } = claim;
  const done = await tx
    .updateTable('call')
    .set({ lease: lease.id, job: lease.job, reserved_tokens: worst.tokens, reserved_usd: worst.usd, at })
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

  reserve(call: Asked): Refusal | undefined {
    const refusal = refuseCall(this.row, this.#added, call);
    if (!refusal) this.#added = addAmounts(this.#added, call.worst);
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
    const books = new Map<string, Book>();
    for (const [tenant, jobs] of idsByTenant(claims.map(({ lease }) => ({ ...lease, id: lease.job })))) {
      for (const row of await statements(dialect).budgets.run(tx, jobs, [tenant]))
        books.set(row.job, new Book(row));
    }
    return new Books(dialect, books);
  }

  of(claim: Claim): Book {
    return this.books.get(claim.lease.job)!;
  }

  async write(tx: Transaction<Tables>): Promise<void> {
    for (const book of this.books.values()) await book.write(tx, this.dialect);
  }
}
