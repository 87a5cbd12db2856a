import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../infra/database/open-database';
import type { JobSeen, TestStack } from './test-stack';

/** The promises, counted in the ledger of a finished job. */
export async function expectPromisesKept(db: Database, job: JobSeen): Promise<void> {
  const { planned, accepted, rejected, failed, open } = job.rows;
  expect(planned).toBe(accepted + rejected + failed);
  expect(open).toBe(0);
  const ends = await sql<{ n: number; positions: number }>`
    select count(*) as n, count(distinct stage || ' ' || plan || ' ' || position) as positions from outcome where job = ${job.id} and superseded = 0`.execute(
    db,
  );
  expect(ends.rows[0]).toEqual({ n: planned, positions: planned });
  const keys = await sql<{ n: number }>`
    select count(*) as n from (select stage, row_key from outcome where job = ${job.id} and superseded = 0 group by stage, row_key having count(*) > 1) twice`.execute(
    db,
  );
  expect(keys.rows[0]!.n).toBe(0);
  const leases = await db.selectFrom('lease').select('id').where('job', '=', job.id).execute();
  expect(leases).toEqual([]);
  const claimed = await db
    .selectFrom('call')
    .select('key')
    .where('job', '=', job.id)
    .where('state', '=', 'claimed')
    .execute();
  expect(claimed).toEqual([]);
  const budget = await db
    .selectFrom('budget')
    .selectAll()
    .where('job', '=', job.id)
    .executeTakeFirstOrThrow();
  expect([budget.calls_reserved, budget.tokens_reserved]).toEqual([0, 0]);
}

/** A fingerprint of a dataset's lines, whatever their order. */
export async function sortedDataset(
  stack: TestStack,
  id: string,
): Promise<{ lines: number; sha256: string }> {
  const lines = (await stack.text(`/jobs/${id}/dataset`))
    .split('\n')
    .filter((line) => line !== '')
    .sort();
  return { lines: lines.length, sha256: createHash('sha256').update(lines.join('\n')).digest('hex') };
}
