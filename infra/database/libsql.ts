import Libsql from 'libsql';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Prepared statements kept; multi-row inserts make many different texts. */
const STATEMENTS_MAX = 256;
const BUSY_TIMEOUT_MS = 15_000;
/** Keys are hashes: every call touches a page of its own, and these stay in memory. */
const CACHE_KIB = 16_384;
/** Pages of the log that are written back together; hot pages then go once instead of many times. */
const CHECKPOINT_PAGES = 8_000;

/** `libsql` in the shape of Kysely's SQLite dialect. */
export function openLibsql(file: string): SqliteDatabase {
  const database = new Libsql(file, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = normal');
  database.exec(`pragma cache_size = -${CACHE_KIB}`);
  database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const statements = new Map<string, SqliteStatement>();

  const prepare = (sql: string): SqliteStatement => {
    const known = statements.get(sql);
    if (known) return known;
    // A deferred transaction that reads before it writes fails at once when another process wrote meanwhile.
    const statement = adapt(database.prepare(sql === 'begin' ? 'begin immediate' : sql));
    if (statements.size >= STATEMENTS_MAX) statements.delete(statements.keys().next().value!);
    statements.set(sql, statement);
    return statement;
  };
  return { prepare, close: () => database.close() };
}

function adapt(statement: Libsql.Statement): SqliteStatement {
  const reader = statement.reader;
  return {
    reader,
    all: (parameters) => (statement.all(bindable(parameters)) as Record<string, unknown>[]).map(withBuffers),
    run: (parameters) => statement.run(bindable(parameters)) as { changes: number; lastInsertRowid: number },
    *iterate(parameters) {
      for (const row of statement.iterate(bindable(parameters)))
        yield withBuffers(row as Record<string, unknown>);
    },
  };
}

/** libsql aborts the whole process on a boolean; we never mean to bind one. */
function bindable(parameters: readonly unknown[]): unknown[] {
  for (const value of parameters) {
    if (typeof value === 'boolean') throw new TypeError('a boolean cannot be bound to SQL: bind 0 or 1');
  }
  return parameters as unknown[];
}

/** libsql gives blobs as ArrayBuffer; Postgres gives Buffer. */
function withBuffers(row: Record<string, unknown>): Record<string, unknown> {
  for (const name in row) {
    const value = row[name];
    if (value instanceof ArrayBuffer) row[name] = Buffer.from(value);
  }
  return row;
}
