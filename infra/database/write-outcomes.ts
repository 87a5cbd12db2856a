/** Outcomes of rows that no batch drove: those that a transform declares, and students. No lease stands behind them. */
import type { Json } from '../../core/json';
import { BAD_ROW_REASONS, type OutcomeState } from '../../core/story/vocabulary';
import { packJson } from './compressed';
import type { Database } from './open-database';
import type { StageKey } from './stages';

export interface DecidedRow {
  readonly position: number;
  readonly version: number;
  readonly key: string;
  readonly state: OutcomeState;
  readonly reason?: string;
  readonly detail?: string;
  readonly record?: Json;
  readonly tokens?: number;
}

/** Columns times rows stay below what one statement of either database takes. */
const ROWS_AT_ONCE = 100;

/**
 * Inserts outcomes and counts them in one transaction; what stands already stays, and is not counted again.
 * @param epoch where given, nothing is written for a run that has been replaced
 * @returns how many were written, or `fenced`
 */
export async function writeOutcomes(
  db: Database,
  key: StageKey,
  rows: readonly DecidedRow[],
  epoch?: number,
  now = Date.now(),
): Promise<number | 'fenced'> {
  return db.transaction().execute(async (tx) => {
    if (epoch !== undefined) {
      const control = await tx
        .selectFrom('control')
        .select('epoch')
        .where('tenant', '=', key.tenant)
        .where('job', '=', key.job)
        .$if(db.dialect === 'postgres', (query) => query.forUpdate())
        .executeTakeFirstOrThrow();
      if (control.epoch !== epoch) return 'fenced';
    }
    const tally = { accepted: 0, rejected: 0, failed: 0, bad: 0 };
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const written = await tx
        .insertInto('outcome')
        .values(rows.slice(from, from + ROWS_AT_ONCE).map((row) => valuesOf(key, row, now)))
        .onConflict((c) => c.doNothing())
        .returning(['state', 'reason'])
        .execute();
      for (const { state, reason } of written) {
        tally[state] += 1;
        if (state === 'failed' || BAD_ROW_REASONS.includes(reason ?? '')) tally.bad += 1;
      }
    }
    await tx
      .updateTable('stage')
      .set((e) => ({
        accepted: e('accepted', '+', tally.accepted),
        rejected: e('rejected', '+', tally.rejected),
        failed: e('failed', '+', tally.failed),
        bad: e('bad', '+', tally.bad),
      }))
      .where('tenant', '=', key.tenant)
      .where('job', '=', key.job)
      .where('stage', '=', key.stage)
      .where('plan', '=', key.plan)
      .execute();
    return tally.accepted + tally.rejected + tally.failed;
  });
}

function valuesOf(at: StageKey, row: DecidedRow, now: number) {
  return {
    ...at,
    position: row.position,
    version: row.version,
    row_key: row.key,
    state: row.state,
    reason: row.reason ?? null,
    detail: row.detail?.replaceAll('\0', '\uFFFD') ?? null,
    record: row.record === undefined ? null : packJson(row.record),
    record_tokens: row.tokens ?? 0,
    call_keys: '',
    calls: 0,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0,
    at: now,
  };
}

/** Takes an unfinished stage out of the ledger with its outcomes: nobody has read them. */
export async function removeUnfinishedStage(db: Database, key: StageKey): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const table of ['outcome', 'stage'] as const) {
      await tx
        .deleteFrom(table)
        .where('tenant', '=', key.tenant)
        .where('job', '=', key.job)
        .where('stage', '=', key.stage)
        .where('plan', '=', key.plan)
        .execute();
    }
  });
}
