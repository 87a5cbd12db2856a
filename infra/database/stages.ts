import type { Selectable } from 'kysely';
import type { JobsLike, StageSpending } from '../../core/strategy';
import type { RowCounts } from '../../core/story/vocabulary';
import type { Database } from './open-database';
import type { Tables } from './schema';

export type StageRow = Selectable<Tables['stage']>;
export interface StageKey {
  readonly tenant: string;
  readonly job: string;
  readonly stage: string;
  readonly plan: number;
}

export async function findStage(db: Database, key: StageKey): Promise<StageRow | undefined> {
  return at(db.selectFrom('stage').selectAll(), key).executeTakeFirst();
}

/** All stages of a job in the order they began, tranches included. */
export async function listStages(db: Database, tenant: string, job: string): Promise<StageRow[]> {
  return db
    .selectFrom('stage')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .orderBy('started_at')
    .orderBy('stage')
    .orderBy('plan')
    .execute();
}

/** Jobs but this one of which `stage` told the fact, and that have finished `finished` too. */
export async function countOtherJobs(
  db: Database,
  { tenant, job }: Pick<StageKey, 'tenant' | 'job'>,
  { stage, fact, value, finished }: JobsLike,
): Promise<number> {
  const told = await db
    .selectFrom('stage as told')
    .innerJoin('stage as later', (join) =>
      join.onRef('later.tenant', '=', 'told.tenant').onRef('later.job', '=', 'told.job'),
    )
    .select(['told.job', 'told.facts'])
    .where('told.tenant', '=', tenant)
    .where('told.job', '<>', job)
    .where('told.stage', '=', stage)
    .where('told.state', '=', 'finished')
    .where('later.stage', '=', finished)
    .where('later.state', '=', 'finished')
    .execute();
  const same = told.filter(({ facts }) => (JSON.parse(facts) as Record<string, unknown>)[fact] === value);
  return new Set(same.map((row) => row.job)).size;
}

export async function insertStage(
  db: Database,
  key: StageKey,
  row: {
    kind: StageRow['kind'];
    manifest?: string;
    version: string;
    planned: number;
    facts?: unknown;
    finished?: boolean;
  },
  now = Date.now(),
): Promise<void> {
  await db
    .insertInto('stage')
    .values({
      ...key,
      kind: row.kind,
      state: row.finished ? 'finished' : 'planned',
      manifest: row.manifest ?? null,
      version: row.version,
      planned: row.planned,
      accepted: 0,
      rejected: 0,
      failed: 0,
      bad: 0,
      facts: JSON.stringify(row.facts ?? {}),
      started_at: now,
      finished_at: row.finished ? now : null,
    })
    .onConflict((c) => c.doNothing())
    .execute();
}

/** @returns false when rows are open, perhaps again since the caller looked: nothing is closed then */
export async function closeStage(
  db: Database,
  key: StageKey,
  facts: unknown,
  now = Date.now(),
): Promise<boolean> {
  const closed = await at(
    db.updateTable('stage').set({ state: 'finished', facts: JSON.stringify(facts), finished_at: now }),
    key,
  )
    .where((e) => e('planned', '=', e('accepted', '+', e('rejected', '+', e.ref('failed')))))
    .returning('stage')
    .executeTakeFirst();
  return closed !== undefined;
}

export function countsOf(row: StageRow): RowCounts {
  const { planned, accepted, rejected, failed } = row;
  return { planned, accepted, rejected, failed };
}

/** Stored cost of the stage's ended rows over all tranches, whoever paid for the calls; without what a retry replaced. */
export async function readSpending(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
): Promise<StageSpending> {
  const row = await db
    .selectFrom('outcome')
    .select((e) => [
      e.fn.sum<number | null>('calls').as('calls'),
      e.fn.sum<number | null>('input_tokens').as('inputTokens'),
      e.fn.sum<number | null>('output_tokens').as('outputTokens'),
      e.fn.sum<number | null>('cost_usd').as('costUsd'),
    ])
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .where('superseded', '=', 0)
    .executeTakeFirstOrThrow();
  const { calls, inputTokens, outputTokens, costUsd } = row;
  return {
    calls: Number(calls ?? 0),
    inputTokens: Number(inputTokens ?? 0),
    outputTokens: Number(outputTokens ?? 0),
    costUsd: Number(costUsd ?? 0),
  };
}

/** How many rows of a stage ended for each reason, most frequent first. */
export async function countReasons(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('outcome')
    .select((e) => ['reason', e.fn.countAll<number>().as('n')])
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .where('superseded', '=', 0)
    .where('reason', 'is not', null)
    .groupBy('reason')
    .execute();
  const counted = rows.map(({ reason, n }) => [reason!, Number(n)] as const);
  return Object.fromEntries(counted.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

function at<Q extends { where(column: never, op: '=', value: never): Q }>(query: Q, key: StageKey): Q {
  return Object.entries(key).reduce(
    (q, [column, value]) => q.where(column as never, '=', value as never),
    query,
  );
}
