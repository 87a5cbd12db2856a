import type { Reply } from '../../core/calls';
import { unpackJson } from './compressed';
import type { Database } from './open-database';

/** Keys in one statement. */
const KEYS_AT_ONCE = 500;

/** Stored answers by ledger key, whichever job paid for them; calls that have no answer are left out. */
export async function readAnswers(
  db: Database,
  tenant: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Reply>> {
  const answers = new Map<string, Reply>();
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const rows = await db
      .selectFrom('call')
      .select(['key', 'response'])
      .where('tenant', '=', tenant)
      .where('key', 'in', keys.slice(at, at + KEYS_AT_ONCE))
      .where('state', '=', 'answered')
      .execute();
    for (const { key, response } of rows)
      if (response !== null) answers.set(key, unpackJson<Reply>(response));
  }
  return answers;
}
