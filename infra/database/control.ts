import type { Selectable } from 'kysely';
import type { BudgetUse } from '../../core/budget-reached';
import type { Budget } from '../../core/job-body';
import type { Spending } from '../../core/known-cost';
import { appendEvent } from './events';
import { caps } from './jobs';
import type { Database } from './open-database';
import type { Tables } from './schema';

export type ControlRow = Selectable<Tables['control']>;
export type BudgetRow = Selectable<Tables['budget']>;

export async function readControl(db: Database, tenant: string, job: string): Promise<ControlRow> {
  return db
    .selectFrom('control')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .executeTakeFirstOrThrow();
}

export async function readBudget(db: Database, tenant: string, job: string): Promise<BudgetRow> {
  return db
    .selectFrom('budget')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .executeTakeFirstOrThrow();
}

export function spendingOf(row: BudgetRow): Spending {
  return {
    calls: row.calls_spent,
    usd: row.usd_spent,
    callsUnpriced: row.calls_unpriced,
    callsInDoubt: row.calls_in_doubt,
    usdInDoubt: row.usd_in_doubt,
  };
}

/** What of each cap is used. */
export function usesOf(row: BudgetRow): BudgetUse[] {
  return (['usd', 'calls', 'tokens'] as const).map((unit) => ({
    unit,
    cap: row[`${unit}_max`],
    spent: row[`${unit}_spent`],
    inDoubt: row[`${unit}_in_doubt`],
  }));
}

/** Budgets of several jobs, for lists. */
export async function readBudgets(
  db: Database,
  tenant: string,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, BudgetRow>> {
  if (jobs.length === 0) return new Map();
  const rows = await db
    .selectFrom('budget')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', 'in', jobs)
    .execute();
  return new Map(rows.map((row) => [row.job, row]));
}

/** What a person wishes for a job; the brokers read it at most 250 ms late. */
export interface Wish {
  readonly paused?: boolean;
  /** The job ends with its rows open: cancelled, or given up. */
  readonly ending?: boolean;
  readonly concurrency?: number;
  readonly priority?: number;
}

export async function writeWish(
  db: Database,
  tenant: string,
  job: string,
  wish: Wish,
  by: string,
): Promise<void> {
  const set = {
    ...(wish.paused === undefined ? {} : { paused: wish.paused ? 1 : 0 }),
    ...(wish.ending === undefined ? {} : { ending: wish.ending ? 1 : 0 }),
    ...(wish.concurrency === undefined ? {} : { concurrency: wish.concurrency }),
    ...(wish.priority === undefined ? {} : { priority: wish.priority }),
  };
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('control').set(set).where('tenant', '=', tenant).where('job', '=', job).execute();
    await appendEvent(tx, { tenant, job, kind: 'control', data: { ...wish, by } });
  });
}

/** Replaces the caps given in `budget`; a raised cap lets a job blocked by `budget-reached` go on. */
export async function writeBudget(
  db: Database,
  tenant: string,
  job: string,
  budget: Budget,
  by: string,
): Promise<void> {
  const given = Object.fromEntries(Object.entries(caps(budget)).filter(([, cap]) => cap !== null));
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('budget').set(given).where('tenant', '=', tenant).where('job', '=', job).execute();
    await appendEvent(tx, { tenant, job, kind: 'budget', data: { ...budget, by } });
  });
}

/** A run takes the job over: a new `runId` raises the epoch, the same one gets the epoch it already has. */
export async function raiseEpoch(db: Database, tenant: string, job: string, runId: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const control = await tx
      .selectFrom('control')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('job', '=', job)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    if (control.run_id === runId) return control.epoch;
    const epoch = control.epoch + 1;
    await tx
      .updateTable('control')
      .set({ epoch, run_id: runId })
      .where('tenant', '=', tenant)
      .where('job', '=', job)
      .execute();
    await appendEvent(tx, { tenant, job, kind: 'epoch', data: { epoch, runId } });
    return epoch;
  });
}

export async function readChoice(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
  code: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('choice')
    .select('choice')
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .where('code', '=', code)
    .executeTakeFirst();
  return row?.choice;
}

export async function readChoices(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('choice')
    .select(['code', 'choice'])
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .execute();
  return Object.fromEntries(rows.map(({ code, choice }) => [code, choice]));
}

/** Written before the story goes on, so that any later run finds it. `retry` is not kept: the next block asks again. */
export async function writeChoice(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
  code: string,
  choice: string,
  by: string,
): Promise<void> {
  const at = Date.now();
  await db.transaction().execute(async (tx) => {
    if (choice !== 'retry') {
      await tx
        .insertInto('choice')
        .values({ tenant, job, stage, code, choice, at })
        .onConflict((c) => c.columns(['tenant', 'job', 'stage', 'code']).doUpdateSet({ choice, at }))
        .execute();
    }
    await appendEvent(tx, { tenant, job, kind: 'choice', data: { stage, code, choice, by } });
  });
}
