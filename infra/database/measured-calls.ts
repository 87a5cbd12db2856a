import { callKeysOf } from './rows';
import type { Database } from './open-database';

/** Keys asked for at a time. */
const PAGE_KEYS = 500;
/** A measurement needs no more. */
const ROWS_MAX = 1_000;

export interface MeasuredRows {
  /** Calls of each row that made any. */
  readonly callsPerRow: readonly number[];
  readonly calls: readonly {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly estimated: boolean;
  }[];
}

/** What the calls behind a stage's ended rows took, whoever paid for them. */
export async function readMeasuredRows(
  db: Database,
  tenant: string,
  job: string,
  stage: string,
): Promise<MeasuredRows> {
  const rows = await db
    .selectFrom('outcome')
    .select('call_keys')
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('stage', '=', stage)
    .where('superseded', '=', 0)
    .where('calls', '>', 0)
    .orderBy('plan')
    .orderBy('position')
    .limit(ROWS_MAX)
    .execute();
  const keysOfRows = rows.map(callKeysOf);
  const keys = [...new Set(keysOfRows.flat())];
  const calls: MeasuredRows['calls'][number][] = [];
  for (let from = 0; from < keys.length; from += PAGE_KEYS) {
    const page = await db
      .selectFrom('call')
      .select(['input_tokens', 'output_tokens', 'estimated'])
      .where('tenant', '=', tenant)
      .where('key', 'in', keys.slice(from, from + PAGE_KEYS))
      .where('state', '=', 'answered')
      .execute();
    for (const { input_tokens, output_tokens, estimated } of page)
      calls.push({
        inputTokens: Number(input_tokens),
        outputTokens: Number(output_tokens),
        estimated: Number(estimated) === 1,
      });
  }
  return { callsPerRow: keysOfRows.map((found) => found.length), calls };
}
