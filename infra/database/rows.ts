import { type Selectable, sql } from 'kysely';
import type { Json } from '../../core/json';
import type { OutcomeState } from '../../core/story/vocabulary';
import { unpackJson } from './compressed';
import type { Database } from './open-database';
import type { Tables } from './schema';
import type { StageKey } from './stages';

export type OutcomeRow = Selectable<Tables['outcome']>;

/** Outcomes read from the database at a time when streaming a stage. */
const PAGE_ROWS = 1_000;

/** Positions of [from, to) that have an outcome. */
export async function endedPositions(
  db: Database,
  key: StageKey,
  from: number,
  to: number,
): Promise<Set<number>> {
  const rows = await db
    .selectFrom('outcome')
    .select('position')
    .where('tenant', '=', key.tenant)
    .where('job', '=', key.job)
    .where('stage', '=', key.stage)
    .where('plan', '=', key.plan)
    .where('position', '>=', from)
    .where('position', '<', to)
    .execute();
  return new Set(rows.map(({ position }) => position));
}

export interface RowFilter {
  readonly stage?: string;
  readonly plan?: number;
  readonly outcome?: OutcomeState;
  readonly reason?: string;
}
export interface RowCursor {
  readonly stage: string;
  readonly plan: number;
  readonly position: number;
}

/** A page of outcomes in the order stage, plan, position, after a cursor. */
export async function listOutcomes(
  db: Database,
  tenant: string,
  job: string,
  filter: RowFilter,
  after: RowCursor | undefined,
  limit: number,
): Promise<OutcomeRow[]> {
  let query = db.selectFrom('outcome').selectAll().where('tenant', '=', tenant).where('job', '=', job);
  if (filter.stage !== undefined) query = query.where('stage', '=', filter.stage);
  if (filter.plan !== undefined) query = query.where('plan', '=', filter.plan);
  if (filter.outcome !== undefined) query = query.where('state', '=', filter.outcome);
  if (filter.reason !== undefined) query = query.where('reason', '=', filter.reason);
  if (after) {
    // Columns that the filter fixes stay out of the comparison, so that the key's index finds the place at once.
    const fixed = filter.stage === undefined ? 0 : filter.plan === undefined ? 1 : 2;
    const columns = (['stage', 'plan', 'position'] as const).slice(fixed);
    const place = sql.join(columns.map((column) => sql.ref(column)));
    query = query.where(sql<boolean>`(${place}) > (${sql.join(columns.map((column) => after[column]))})`);
  }
  return query.orderBy('stage').orderBy('plan').orderBy('position').orderBy('version').limit(limit).execute();
}

/** Every outcome of a job that fits, page by page. */
export async function* streamOutcomes(
  db: Database,
  tenant: string,
  job: string,
  filter: RowFilter,
): AsyncIterable<OutcomeRow> {
  let after: RowCursor | undefined;
  for (;;) {
    const page = await listOutcomes(db, tenant, job, filter, after, PAGE_ROWS);
    yield* page;
    if (page.length < PAGE_ROWS) return;
    after = page.at(-1);
  }
}

export function recordOf(row: Pick<OutcomeRow, 'record'>): Json | undefined {
  return row.record === null ? undefined : unpackJson<Json>(row.record);
}

export function callKeysOf(row: Pick<OutcomeRow, 'call_keys'>): string[] {
  return row.call_keys === '' ? [] : row.call_keys.split(',');
}
