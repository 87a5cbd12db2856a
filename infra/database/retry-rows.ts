import { sql, type Transaction } from 'kysely';
import { Problem } from '../../core/problem';
import { BAD_ROW_REASONS, CLOSED_STATES, type OutcomeState } from '../../core/story/vocabulary';
import { appendEvent } from './events';
import type { Database } from './open-database';
import type { Tables } from './schema';
import type { StageRow } from './stages';

/** Keys in one statement. */
const KEYS_AT_ONCE = 500;

export interface RetryFilter {
  readonly outcome: Exclude<OutcomeState, 'accepted'>;
  readonly stage?: string;
  readonly reason?: string;
  /** Only these rows, by key. */
  readonly rows?: readonly string[];
}

export interface RetriedStage {
  readonly stage: string;
  readonly plan: number;
  readonly rows: number;
}

interface Found extends RetriedStage {
  readonly bad: number;
}

/**
 * Opens ended rows again: their outcomes are superseded and the counts of their stages go down, in one transaction, so
 * that planned = accepted + rejected + failed + open holds at every moment.
 * @returns how many rows of each stage and tranche are open again
 * @throws Problem `conflict` when a later stage has read, or may be reading, one of these outcomes
 */
export async function retryRows(
  db: Database,
  tenant: string,
  job: string,
  filter: RetryFilter,
  by: string,
): Promise<RetriedStage[]> {
  return db.transaction().execute(async (tx) => {
    const stages = await lockStages(tx, db.dialect, tenant, job);
    const { state } = await tx
      .selectFrom('job')
      .select('state')
      .where('tenant', '=', tenant)
      .where('id', '=', job)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    if (state === 'succeeded') throw hasBeenRead(job, 'the job has succeeded: its dataset is published');
    const found = new Map<string, Found>();
    for (const keys of chunks(filter.rows)) {
      const fits = fitting(tenant, job, filter, keys);
      for (const one of await countFitting(tx, fits)) add(found, one);
      if (found.size > 0)
        await sql`update outcome set superseded = 1 where ${sql.join(fits, sql` and `)}`.execute(tx);
    }
    const retried = [...found.values()];
    for (const one of retried) {
      const stage = stages.find((row) => row.stage === one.stage && row.plan === one.plan)!;
      refuseDeclared(job, stage);
      refuseRead(job, CLOSED_STATES.includes(state), stage, stages);
      await reopen(tx, stage, filter.outcome, one);
    }
    const open = retried.map(({ stage, plan, rows }) => ({ stage, plan, rows }));
    if (open.length > 0)
      await appendEvent(tx, { tenant, job, kind: 'retry', data: { ...shown(filter), stages: open, by } });
    return open;
  });
}

/** Commits add to these rows as their last step: while they are locked, no outcome comes between a look and a write. */
async function lockStages(
  tx: Transaction<Tables>,
  dialect: Database['dialect'],
  tenant: string,
  job: string,
): Promise<StageRow[]> {
  return tx
    .selectFrom('stage')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .orderBy('stage')
    .orderBy('plan')
    .$if(dialect === 'postgres', (query) => query.forUpdate())
    .execute();
}

type Condition = ReturnType<typeof sql<boolean>>;

function fitting(
  tenant: string,
  job: string,
  { outcome, stage, reason }: RetryFilter,
  keys: readonly string[] | undefined,
): Condition[] {
  return [
    sql<boolean>`tenant = ${tenant} and job = ${job} and superseded = 0 and state = ${outcome}`,
    ...(stage === undefined ? [] : [sql<boolean>`stage = ${stage}`]),
    ...(reason === undefined ? [] : [sql<boolean>`reason = ${reason}`]),
    ...(keys === undefined ? [] : [sql<boolean>`row_key in (${sql.join(keys)})`]),
  ];
}

async function countFitting(tx: Transaction<Tables>, fits: readonly Condition[]): Promise<Found[]> {
  const bad = sql`case when state = 'failed' or reason in (${sql.join([...BAD_ROW_REASONS])}) then 1 else 0 end`;
  const { rows } = await sql<Found>`
    select stage, plan, count(*) as rows, sum(${bad}) as bad from outcome
    where ${sql.join(fits, sql` and `)} group by stage, plan`.execute(tx);
  return rows.map((row) => ({
    stage: row.stage,
    plan: Number(row.plan),
    rows: Number(row.rows),
    bad: Number(row.bad),
  }));
}

function add(found: Map<string, Found>, one: Found): void {
  const name = `${one.stage} ${one.plan}`;
  const known = found.get(name);
  const sum = known ? { ...known, rows: known.rows + one.rows, bad: known.bad + one.bad } : one;
  found.set(name, sum);
}

async function reopen(
  tx: Transaction<Tables>,
  { tenant, job, stage, plan }: StageRow,
  outcome: RetryFilter['outcome'],
  { rows, bad }: Found,
): Promise<void> {
  await tx
    .updateTable('stage')
    .set((e) => ({
      [outcome]: e(outcome, '-', rows),
      bad: e('bad', '-', bad),
      state: 'planned',
      finished_at: null,
    }))
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .where('plan', '=', plan)
    .execute();
}

/** Nobody drives the rows that a transform declares: it decides on all of them at once. */
function refuseDeclared(job: string, { stage, kind }: StageRow): void {
  if (kind !== 'transform') return;
  throw new Problem(
    'conflict',
    `the rows of stage ${stage} of job ${job} are decided together and cannot be retried one by one. ` +
      `Name the stage whose rows are to be retried, or fork the job (POST /v1/jobs/${job}/fork).`,
  );
}

/** What a later stage has made of an outcome would be wrong without it. A stage that is over may be being read now. */
function refuseRead(job: string, closed: boolean, stage: StageRow, stages: readonly StageRow[]): void {
  const { finished_at: finishedAt } = stage;
  if (finishedAt === null) return; // the story is still at this stage
  const reader = stages.find((row) => row !== stage && row.started_at >= finishedAt);
  if (reader) throw hasBeenRead(job, `stage ${reader.stage} has read the rows of ${stage.stage}`);
  if (closed) return;
  throw new Problem(
    'conflict',
    `stage ${stage.stage} of job ${job} is over and its run has gone on to the next one. ` +
      `Cancel the job, retry the rows, then resume it: nothing finished is lost or paid again.`,
  );
}

function hasBeenRead(job: string, why: string): Problem {
  return new Problem(
    'conflict',
    `the rows of job ${job} cannot be retried: ${why}. Fork it (POST /v1/jobs/${job}/fork): finished calls are reused.`,
  );
}

function* chunks(keys: readonly string[] | undefined): Iterable<readonly string[] | undefined> {
  if (keys === undefined) yield undefined;
  else for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) yield keys.slice(at, at + KEYS_AT_ONCE);
}

/** The audit trail keeps how many keys were named, not all of them. */
function shown({ rows, ...filter }: RetryFilter): object {
  return { ...filter, ...(rows === undefined ? {} : { keys: rows.length }) };
}
