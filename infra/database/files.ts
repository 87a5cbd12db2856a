import type { Selectable } from 'kysely';
import { Problem } from '../../core/problem';
import type { Database } from './open-database';
import type { Tables } from './schema';

export type FileRow = Selectable<Tables['file']>;
export type ArtifactRow = Selectable<Tables['artifact']>;

export async function insertFile(db: Database, file: FileRow): Promise<void> {
  await db.insertInto('file').values(file).execute();
}

/** @throws Problem `file-not-found` */
export async function readFile(db: Database, tenant: string, id: string): Promise<FileRow> {
  const row = await db
    .selectFrom('file')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row)
    throw new Problem(
      'file-not-found',
      `there is no file "${id}"; upload it with POST /v1/files and use the id it returns.`,
    );
  return row;
}

/** Remembers an immutable artifact under a name of the job; the same name is written once. */
export async function recordArtifact(db: Database, artifact: ArtifactRow): Promise<void> {
  await db
    .insertInto('artifact')
    .values(artifact)
    .onConflict((c) => c.columns(['tenant', 'job', 'name']).doUpdateSet(artifact))
    .execute();
}

export async function findArtifact(
  db: Database,
  tenant: string,
  job: string,
  name: string,
): Promise<ArtifactRow | undefined> {
  return db
    .selectFrom('artifact')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('name', '=', name)
    .executeTakeFirst();
}

export async function listArtifacts(db: Database, tenant: string, job: string): Promise<ArtifactRow[]> {
  return db
    .selectFrom('artifact')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .orderBy('name')
    .execute();
}
