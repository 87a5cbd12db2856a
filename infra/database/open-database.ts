import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { Pool, types } from 'pg';
import { Problem } from '../../core/problem';
import { openLibsql } from './libsql';
import { type Dialect, migrate } from './migrations';
import type { Tables } from './schema';

export type Database = Kysely<Tables> & { readonly dialect: Dialect };

/** Connections one process holds to Postgres. */
const POSTGRES_CONNECTIONS_MAX = 10;
const POSTGRES_INT8 = 20;
const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 600_000;

/**
 * Opens the ledger and brings it to this program's schema.
 * @param url `sqlite:<file>` or `postgres://…`
 */
export async function openDatabase(url: string): Promise<Database> {
  const dialect: Dialect = url.startsWith('sqlite:') ? 'sqlite' : 'postgres';
  const db = new Kysely<Tables>({
    dialect: dialect === 'sqlite' ? sqliteDialect(url) : postgresDialect(url),
  });
  try {
    await migrate(db, dialect, dialect === 'sqlite' ? url : 'the Postgres database');
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return Object.assign(db, { dialect });
}

function sqliteDialect(url: string): SqliteDialect {
  const file = url.slice('sqlite:'.length);
  try {
    mkdirSync(dirname(file), { recursive: true });
    return new SqliteDialect({ database: openLibsql(file) });
  } catch (error) {
    throw new Problem(
      'home-unwritable',
      `the database ${file} cannot be opened (${error instanceof Error ? error.message : String(error)}). ` +
        'Make its folder writable, or choose another one with PERENNIAL_HOME.',
    );
  }
}

function postgresDialect(url: string): PostgresDialect {
  types.setTypeParser(POSTGRES_INT8, Number); // counts and milliseconds: all below 2^53
  const pool = new Pool({
    connectionString: url,
    max: POSTGRES_CONNECTIONS_MAX,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A connection that breaks: the next query meets the same fault. Unheard, the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined)); // while a transaction has it
  return new PostgresDialect({ pool });
}
