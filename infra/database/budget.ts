/** The arithmetic of a job's budget: what is spent, in doubt and reserved never passes a cap together. */
import type { Transaction } from 'kysely';
import type { BudgetUse } from '../../core/budget-reached';
import { type Amount, addAmounts } from '../../core/price';
import { type BudgetRow, usesOf } from './control';
import { idsByTenant } from './ids-by-tenant';
import type { Database } from './open-database';
import { perDialect, PreparedList } from './prepared';
import type { Tables } from './schema';

/** A cap would not hold; `waiting` when answers on their way may still free some of it. */
export interface OverBudget {
  readonly state: 'over-budget';
  readonly waiting: boolean;
  readonly uses: readonly BudgetUse[];
}

/** The budget is in dollars, and the model has no price on this worker: whatever the call costs, no cap would hold it. */
export interface Unpriced {
  readonly state: 'unpriced';
}

export type Refusal = OverBudget | Unpriced;

/** What a budget is asked to hold. */
export interface Asked {
  /** The most the call can cost. */
  readonly worst: Amount;
  /** Whether its dollars are known. */
  readonly priced: boolean;
}

const UNITS = ['calls', 'tokens', 'usd'] as const;

/**
 * Why a budget does not hold one more call; undefined where it does.
 * @param added what this transaction has reserved beyond what the row says
 */
export function refuseCall(row: BudgetRow, added: Amount, { worst, priced }: Asked): Refusal | undefined {
  if (row.usd_max !== null && !priced) return { state: 'unpriced' };
  const next = addAmounts(added, worst);
  const isOver = UNITS.some((unit) => {
    const max = row[`${unit}_max`];
    const used = row[`${unit}_spent`] + row[`${unit}_in_doubt`] + row[`${unit}_reserved`];
    return max !== null && used + next[unit] > max;
  });
  if (!isOver) return undefined;
  return { state: 'over-budget', waiting: row.calls_reserved + added.calls > 0, uses: usesOf(row) };
}

/** Whose budget. */
export interface Payer {
  readonly tenant: string;
  readonly job: string;
}

/** Adds to what a job has reserved, or to what is in doubt; negative amounts take away. */
export async function addToBudget(
  tx: Transaction<Tables>,
  { tenant, job }: Payer,
  part: 'reserved' | 'in_doubt',
  by: Amount,
): Promise<void> {
  await tx
    .updateTable('budget')
    .set((e) => ({
      [`calls_${part}`]: e(`calls_${part}`, '+', by.calls),
      [`tokens_${part}`]: e(`tokens_${part}`, '+', by.tokens),
      [`usd_${part}`]: e(`usd_${part}`, '+', by.usd),
    }))
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .execute();
}

/** What was reserved is in doubt from here on. */
export async function putInDoubt(tx: Transaction<Tables>, payer: Payer, held: Amount): Promise<void> {
  await addToBudget(tx, payer, 'reserved', negated(held));
  await addToBudget(tx, payer, 'in_doubt', held);
}

/**
 * Gives back what calls without an answer had reserved.
 * @param held false where their lease has ended: it took the reservation with it, into "in doubt"
 * @param paid `unknown` leaves their worst case in doubt
 */
export async function giveBackTo(
  tx: Transaction<Tables>,
  payer: Payer,
  amount: Amount,
  { held, paid }: { readonly held: boolean; readonly paid: 'no' | 'unknown' },
): Promise<void> {
  if (held && paid === 'unknown') await putInDoubt(tx, payer, amount);
  else if (held) await addToBudget(tx, payer, 'reserved', negated(amount));
  else if (paid === 'no') await addToBudget(tx, payer, 'in_doubt', negated(amount));
}

/** The row that asks for an answer of its own job's batch reads it like somebody else's: no reuse, so counted off before. */
export async function expectReads(
  tx: Transaction<Tables>,
  { tenant, job }: Payer,
  calls: number,
): Promise<void> {
  await tx
    .updateTable('budget')
    .set((e) => ({ calls_reused: e('calls_reused', '-', calls) }))
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .execute();
}

const negated = ({ calls, tokens, usd }: Amount): Amount => ({ calls: -calls, tokens: -tokens, usd: -usd });

const statements = perDialect((dialect) => ({
  lock: new PreparedList(
    dialect,
    (jobs) => `select 1 from budget where tenant = ? and job in (${jobs}) order by job for update`,
  ),
}));

/**
 * Comes before every other lock but a control row's: two that lock in one order never wait for each other.
 * SQLite's write transactions are one at a time anyway.
 */
export async function lockBudgets(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  payers: Iterable<Payer>,
): Promise<void> {
  if (dialect !== 'postgres') return;
  const pairs = [...payers].map(({ tenant, job }) => ({ tenant, id: job }));
  for (const [tenant, jobs] of idsByTenant(pairs)) await statements(dialect).lock.run(tx, jobs, [tenant]);
}
