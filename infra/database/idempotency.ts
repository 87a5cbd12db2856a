import type { Selectable } from 'kysely';
import type { Database } from './open-database';
import type { Tables } from './schema';

/** The request that used a key first. */
export async function findIdempotent(
  db: Database,
  tenant: string,
  key: string,
): Promise<Selectable<Tables['idempotency']> | undefined> {
  return db
    .selectFrom('idempotency')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .executeTakeFirst();
}
