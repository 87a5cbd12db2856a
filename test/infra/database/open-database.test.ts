/** If these fail, an old program corrupts a new database, or two requests start two jobs. */
import { sql } from 'kysely';
import { insertJob } from '../../../infra/database/jobs';
import { openDatabase } from '../../../infra/database/open-database';
import { FROZEN, type TempDatabase, tempDatabase, TENANT } from '../../support/temp-database';

let temp: TempDatabase;
beforeEach(async () => (temp = await tempDatabase()));
afterEach(() => temp.remove());

it('refuses a database of a newer version and leaves it alone', async () => {
  await sql`insert into schema_version values (999)`.execute(temp.db);
  await expect(openDatabase(temp.url)).rejects.toMatchObject({
    code: 'database-newer',
    message: expect.stringContaining('999') as string,
  });
});

it('names the file when the folder cannot be written', async () => {
  await expect(openDatabase('sqlite:/dev/null/ledger.db')).rejects.toMatchObject({
    code: 'home-unwritable',
  });
});

it('refuses to bind a boolean instead of aborting the process', async () => {
  await expect(sql`select ${true}`.execute(temp.db)).rejects.toThrow(TypeError);
});

it('gives one job for one idempotency key, and a conflict for another body under it', async () => {
  const job = { tenant: TENANT, frozen: FROZEN, concurrency: 1 };
  const first = await insertJob(temp.db, { ...job, id: 'one', idempotency: { key: 'k', bodyHash: 'h' } });
  const second = await insertJob(temp.db, { ...job, id: 'two', idempotency: { key: 'k', bodyHash: 'h' } });
  expect([first, second]).toEqual([
    { id: 'one', created: true },
    { id: 'one', created: false },
  ]);
  const third = insertJob(temp.db, { ...job, id: 'three', idempotency: { key: 'k', bodyHash: 'other' } });
  await expect(third).rejects.toMatchObject({ code: 'conflict', status: 409 });
});
