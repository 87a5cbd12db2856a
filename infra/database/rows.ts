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

/** What a row that was opened again by a retry is driven as. */
export interface Reopening {
  /** Of the outcome it will have. */
  readonly version: number;
  /** Rejections set aside so far: each moves the row to draws of its own, or it would get the same answers again. */
  readonly rejections: number;
}

/** Which positions of [from, to) have an outcome, and which of the open ones had one before a retry. */
export async function readEnds(
  db: Database,
  key: StageKey,
  from: number,
  to: number,
): Promise<{ readonly ended: ReadonlySet<number>; readonly reopened: ReadonlyMap<number, Reopening> }> {
  const rows = await db
    .selectFrom('outcome')
    .select(['position', 'version', 'state', 'superseded'])
    .where('tenant', '=', key.tenant)
    .where('job', '=', key.job)
    .where('stage', '=', key.stage)
    .where('plan', '=', key.plan)
    .where('position', '>=', from)
    .where('position', '<', to)
    .execute();
  const ended = new Set<number>();
  const reopened = new Map<number, Reopening>();
  for (const { position, version, state, superseded } of rows) {
    if (superseded === 0) ended.add(position);
    else {
      const known = reopened.get(position) ?? { version: 0, rejections: 0 };
      reopened.set(position, {
        version: Math.max(known.version, version + 1),
        rejections: known.rejections + (state === 'rejected' ? 1 : 0),
      });
    }
  }
  return { ended, reopened };
}

export interface RowFilter {
  readonly stage?: string;
  readonly plan?: number;
  readonly outcome?: OutcomeState;
  readonly reason?: string;
  readonly key?: string;
}
export interface RowCursor {
  readonly stage: string;
  readonly plan: number;
  readonly position: number;
}

/** A page of outcomes that stand, in the order stage, plan, position, after a cursor. */
export async function listOutcomes(
  db: Database,
  tenant: string,
  job: string,
  filter: RowFilter,
  after: RowCursor | undefined,
  limit: number,
): Promise<OutcomeRow[]> {
  let query = db
    .selectFrom('outcome')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('superseded', '=', 0);
  if (filter.stage !== undefined) query = query.where('stage', '=', filter.stage);
  if (filter.plan !== undefined) query = query.where('plan', '=', filter.plan);
  if (filter.outcome !== undefined) query = query.where('state', '=', filter.outcome);
  if (filter.reason !== undefined) query = query.where('reason', '=', filter.reason);
  if (filter.key !== undefined) query = query.where('row_key', '=', filter.key);
  if (after) {
    // Columns that the filter fixes stay out of the comparison, so that the key's index finds the place at once.
    const fixed = filter.stage === undefined ? 0 : filter.plan === undefined ? 1 : 2;
    const columns = (['stage', 'plan', 'position'] as const).slice(fixed);
    const place = sql.join(columns.map((column) => sql.ref(column)));
    query = query.where(sql<boolean>`(${place}) > (${sql.join(columns.map((column) => after[column]))})`);
  }
  return query.orderBy('stage').orderBy('plan').orderBy('position').limit(limit).execute();
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
