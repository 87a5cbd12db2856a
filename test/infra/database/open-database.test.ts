/** If these fail, an old program corrupts a new database, or two requests start two jobs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { insertJob } from '../../../infra/database/jobs';
import { openLibsql } from '../../../infra/database/libsql';
import { migrate } from '../../../infra/database/migrations';
import { openDatabase } from '../../../infra/database/open-database';
import type { Tables } from '../../../infra/database/schema';
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

it('keeps every call of a database that an earlier version wrote', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-test-'));
  const file = join(folder, 'ledger.db');
  const old = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openLibsql(file) }) });
  await migrate(old, 'sqlite', file, 2);
  for (const key of ['b', 'a'])
    await sql`insert into call (tenant, key, state, job, provider, model, response, cost_usd, estimated)
      values (${TENANT}, ${key}, 'answered', 'one', 'mine', 'm', ${Buffer.from(key)}, 0.5, 1)`.execute(old);
  await old.destroy();
  const db = await openDatabase(`sqlite:${file}`);
  const calls = await db.selectFrom('call').selectAll().orderBy('key').execute();
  expect(
    calls.map(({ key, response, cost_usd, estimated }) => [key, String(response), cost_usd, estimated]),
  ).toEqual([
    ['a', 'a', 0.5, 1],
    ['b', 'b', 0.5, 1],
  ]);
  await expect(
    sql`insert into call (tenant, key, state, job, provider, model) values (${TENANT}, 'a', 'claimed', 'one', 'mine', 'm')`.execute(
      db,
    ),
  ).rejects.toThrow(/unique/i);
  await db.destroy();
  await rm(folder, { recursive: true });
});
