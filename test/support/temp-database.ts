import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { FrozenJob } from '../../core/job-body';
import { type Database, openDatabase } from '../../infra/database/open-database';
import { insertJob } from '../../infra/database/jobs';
import { insertStage } from '../../infra/database/stages';
import type { Lease } from '../../infra/database/leases';

export const TENANT = 'default';

export interface TempDatabase {
  readonly db: Database;
  readonly folder: string;
  readonly url: string;
  remove(): Promise<void>;
}

/** An empty ledger in a Postgres that runs already. */
export async function emptyDatabase(url: string): Promise<TempDatabase> {
  const db = await openDatabase(url);
  for (const { name } of await db.introspection.getTables()) {
    if (name !== 'schema_version') await sql`truncate ${sql.table(name)}`.execute(db);
  }
  return { db, folder: '', url, remove: () => db.destroy() };
}

/** A real SQLite ledger in a folder of its own. */
export async function tempDatabase(): Promise<TempDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'perennial-test-'));
  const url = `sqlite:${join(folder, 'ledger.db')}`;
  const db = await openDatabase(url);
  return {
    db,
    folder,
    url,
    remove: async () => {
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const FROZEN: FrozenJob = {
  strategy: 'prompt-template',
  strategyVersion: 1,
  params: {},
  prompts: {},
  inputs: {},
  models: { generator: 'scripted/scripted-1' },
  seed: 1,
  estimate: { calls: { low: 1, high: 1 } },
  tags: {},
};

/** A job with one planned stage of `rows` rows, and a cap on its calls where one is given. */
export async function plannedJob(db: Database, id: string, rows = 100, calls?: number): Promise<void> {
  const frozen = calls === undefined ? FROZEN : { ...FROZEN, budget: { calls } };
  await insertJob(db, { tenant: TENANT, id, frozen, concurrency: 8 });
  await insertStage(
    db,
    { tenant: TENANT, job: id, stage: 'generate', plan: 0 },
    { kind: 'rows', version: '1', planned: rows },
  );
}

export function leaseOf(job: string, id: string, epoch = 0, from = 0): Lease {
  return { tenant: TENANT, id, job, epoch, stage: 'generate', plan: 0, from, worker: 'w' };
}
