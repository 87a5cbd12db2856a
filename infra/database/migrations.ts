/** One migration set for SQLite and Postgres. A migration that has been released is never edited. */
import { type Kysely, sql } from 'kysely';
import { Problem } from '../../core/problem';
import type { Tables } from './schema';

export type Dialect = 'sqlite' | 'postgres';
type Migration = (db: Kysely<Tables>, dialect: Dialect) => Promise<void>;

const text = (name: string) => `${name} text not null`;
const whole = (name: string) => `${name} bigint not null default 0`;
const real = (name: string) => `${name} double precision not null default 0`;

const tableOf = (dialect: Dialect, name: string, key: string, columns: readonly string[]) =>
  `create table ${name} (tenant text not null, ${columns.join(', ')}, primary key (${key}))${dialect === 'sqlite' ? ' without rowid' : ''}`;

/** Tables, each as its columns and its primary key; `tenant` leads every key. */
function firstTables(dialect: Dialect): string[] {
  const bytes = dialect === 'sqlite' ? 'blob' : 'bytea';
  const sequence =
    dialect === 'sqlite' ? 'seq integer primary key autoincrement' : 'seq bigserial primary key';
  const table = (name: string, key: string, columns: string[]) => tableOf(dialect, name, key, columns);
  return [
    table('job', 'tenant, id', [
      ...['id', 'strategy', 'model', 'state', 'frozen'].map(text),
      'stage text, block text, problem text, summary text, started_at bigint, finished_at bigint',
      ...['started', 'created_at', 'updated_at'].map(whole),
    ]),
    table('control', 'tenant, job', [
      text('job'),
      'run_id text',
      ...['epoch', 'paused', 'ending', 'concurrency', 'priority'].map(whole),
    ]),
    table('budget', 'tenant, job', [
      text('job'),
      'calls_max bigint, tokens_max bigint, usd_max double precision',
      ...[
        'calls_spent',
        'tokens_spent',
        'calls_reserved',
        'tokens_reserved',
        'calls_in_doubt',
        'tokens_in_doubt',
      ].map(whole),
      ...['input_tokens', 'output_tokens', 'calls_reused', 'calls_repeated'].map(whole),
      ...['usd_spent', 'usd_reserved', 'usd_in_doubt'].map(real),
    ]),
    table('stage', 'tenant, job, stage, plan', [
      ...['job', 'stage', 'kind', 'state', 'version', 'facts'].map(text),
      'manifest text, finished_at bigint',
      ...['plan', 'planned', 'accepted', 'rejected', 'failed', 'bad', 'started_at'].map(whole),
    ]),
    table('call', 'tenant, key', [
      ...['key', 'state', 'job', 'provider', 'model'].map(text),
      `lease text, request_id text, response ${bytes}`,
      ...['reserved_tokens', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'at'].map(whole),
      ...['reserved_usd', 'cost_usd', 'latency_ms'].map(real),
    ]),
    table('lease', 'tenant, id', [
      ...['id', 'job', 'stage'].map(text),
      ...['epoch', 'plan', 'from_row', 'expires_at'].map(whole),
    ]),
    table('outcome', 'tenant, job, stage, plan, position, version', [
      ...['job', 'stage', 'row_key', 'state', 'call_keys'].map(text),
      `reason text, detail text, record ${bytes}`,
      ...['plan', 'position', 'version', 'record_tokens', 'calls', 'input_tokens', 'output_tokens', 'at'].map(
        whole,
      ),
      real('cost_usd'),
    ]),
    table('choice', 'tenant, job, stage, code', [
      ...['job', 'stage', 'code', 'choice'].map(text),
      whole('at'),
    ]),
    table('idempotency', 'tenant, key', [...['key', 'body_hash', 'job'].map(text), whole('at')]),
    table('file', 'tenant, id', [...['id', 'name', 'sha256'].map(text), ...['bytes', 'at'].map(whole)]),
    table('artifact', 'tenant, job, name', [
      ...['job', 'name', 'sha256'].map(text),
      'index_sha256 text',
      ...['bytes', 'items', 'at'].map(whole),
    ]),
    table('batch', 'tenant, id', [
      ...['id', 'job', 'chunk_hash', 'provider', 'model', 'state', 'data'].map(text),
      'remote_id text',
      whole('at'),
    ]),
    `create table event (${sequence}, tenant text not null, ${[...['job', 'kind', 'data'].map(text), whole('at')].join(', ')})`,
    table('limiter', 'tenant, provider, model', [
      ...['provider', 'model', 'data'].map(text),
      'requests_per_second double precision, tokens_per_second double precision',
      ...['gate_until', 'at'].map(whole),
    ]),
    `create index call_claimed on call (lease) where state = 'claimed'`,
    `create index event_job on event (tenant, job, seq)`,
    `create index job_state on job (state)`,
    `create index lease_job on lease (tenant, job)`,
  ];
}

/** Rate control and money: who holds a lease, guessed usage, unpriced calls, retried rows, forks. */
const SECOND_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  lease: [`worker text not null default ''`],
  call: [whole('estimated')],
  budget: [whole('calls_estimated'), whole('calls_unpriced')],
  outcome: [whole('superseded')],
  job: ['forked_from text'],
};

const CALL_COLUMNS = [
  ...['tenant', 'key', 'state', 'job', 'provider', 'model'].map(text),
  'lease text, request_id text, response blob',
  ...['reserved_tokens', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'at'].map(whole),
  ...['reserved_usd', 'cost_usd', 'latency_ms'].map(real),
  whole('estimated'),
];
const CALL_NAMES =
  'tenant, key, state, job, provider, model, lease, request_id, response, reserved_tokens, input_tokens, cached_input_tokens, output_tokens, at, reserved_usd, cost_usd, latency_ms, estimated';

/** Keys are hashes: in their order every call would write a page of its own, twice. Rows lie in the order they come. */
const CALLS_AS_THEY_COME = [
  `create table call_as_it_came (${CALL_COLUMNS.join(', ')}, primary key (tenant, key))`,
  `insert into call_as_it_came (${CALL_NAMES}) select ${CALL_NAMES} from call`,
  'drop table call',
  'alter table call_as_it_came rename to call',
  `create index call_claimed on call (lease) where state = 'claimed'`,
];

const MIGRATIONS: readonly Migration[] = [
  async (db, dialect) => {
    for (const statement of firstTables(dialect)) await sql.raw(statement).execute(db);
  },
  async (db) => {
    for (const [table, columns] of Object.entries(SECOND_COLUMNS)) {
      for (const column of columns) await sql.raw(`alter table ${table} add column ${column}`).execute(db);
    }
    await sql.raw('create index batch_job on batch (tenant, job)').execute(db);
  },
  async (db, dialect) => {
    for (const column of ['requests_per_second', 'tokens_per_second', 'gate_until'])
      await sql.raw(`alter table limiter drop column ${column}`).execute(db);
    if (dialect === 'postgres') return; // its tables are heaps already
    for (const statement of CALLS_AS_THEY_COME) await sql.raw(statement).execute(db);
  },
  async (db, dialect) => {
    await sql
      .raw(
        tableOf(dialect, 'training', 'tenant, run_id', [
          ...['run_id', 'metrics'].map(text),
          'holder text, sha256 text',
          ...['expires_at', 'starts', 'bytes', 'epochs', 'examples', 'at'].map(whole),
        ]),
      )
      .execute(db);
  },
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to this program's version (or, for tests, an earlier one); several processes may call it at once.
 * @throws Problem `database-newer` when a later version of Perennial has written it: nothing is touched then.
 */
export async function migrate(
  db: Kysely<Tables>,
  dialect: Dialect,
  name: string,
  to = SCHEMA_VERSION,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(7205759)`.execute(tx);
    await sql`create table if not exists schema_version (version integer not null)`.execute(tx);
    const found = await sql<{
      version: number | null;
    }>`select max(version) as version from schema_version`.execute(tx);
    const version = found.rows[0]?.version ?? 0;
    if (version > SCHEMA_VERSION) {
      throw new Problem(
        'database-newer',
        `${name} has schema version ${version}; this Perennial knows versions up to ${SCHEMA_VERSION}. ` +
          'Start the newer Perennial that wrote it, or choose another data folder with PERENNIAL_HOME.',
      );
    }
    for (let next = version; next < to; next += 1) {
      await MIGRATIONS[next]!(tx, dialect);
      await sql`insert into schema_version values (${next + 1})`.execute(tx);
    }
  });
}
