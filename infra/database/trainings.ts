/** Which students have been trained, and who trains one now. A training is claimed as long as its holder shows life. */
import type { Selectable } from 'kysely';
import type { Database } from './open-database';
import type { Tables } from './schema';

type TrainingRow = Selectable<Tables['training']>;

export interface TrainingKey {
  readonly tenant: string;
  readonly runId: string;
}

export interface FinishedTraining {
  readonly sha256: string;
  readonly bytes: number;
  readonly epochs: number;
  readonly examples: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** `held`: somebody else trains it; ask again soon. Otherwise it is the caller's, for the `starts`-th time. */
export type Claim =
  { readonly finished: FinishedTraining } | { readonly held: true } | { readonly starts: number };

/** Takes a training, unless it is finished or held by a live holder. */
export async function claimTraining(
  db: Database,
  { tenant, runId }: TrainingKey,
  holder: string,
  livesMs: number,
  now = Date.now(),
): Promise<Claim> {
  const fresh = { sha256: null, bytes: 0, epochs: 0, examples: 0, metrics: '{}', at: now };
  const claim = { holder, expires_at: now + livesMs, at: now };
  const taken = await db
    .insertInto('training')
    .values({ tenant, run_id: runId, starts: 1, ...fresh, ...claim })
    .onConflict((c) =>
      c
        .columns(['tenant', 'run_id'])
        .doUpdateSet((e) => ({ ...claim, starts: e('training.starts', '+', 1) }))
        .where('training.sha256', 'is', null)
        .where((e) => e.or([e('training.holder', 'is', null), e('training.expires_at', '<=', now)])),
    )
    .returning('starts')
    .executeTakeFirst();
  if (taken) return { starts: Number(taken.starts) };
  const row = await find(db, { tenant, runId });
  return row?.sha256 ? { finished: finishedOf(row, row.sha256) } : { held: true };
}

/** @returns false when somebody else has it, or it is finished: the caller is to stop */
export async function renewTraining(
  db: Database,
  key: TrainingKey,
  holder: string,
  livesMs: number,
  now = Date.now(),
): Promise<boolean> {
  return held(db, key, holder, { expires_at: now + livesMs });
}

/**
 * Lets go of a training that has not come to its end.
 * @param ended it failed, which says that it does not take its process down: the count of starts begins anew
 */
export async function releaseTraining(
  db: Database,
  key: TrainingKey,
  holder: string,
  ended: boolean,
): Promise<void> {
  await held(db, key, holder, { holder: null, expires_at: 0, ...(ended ? { starts: 0 } : {}) });
}

/** Writes a trained student down; the first one stays. @returns the one that stands */
export async function finishTraining(
  db: Database,
  key: TrainingKey,
  { sha256, bytes, epochs, examples, metrics }: FinishedTraining,
  now = Date.now(),
): Promise<FinishedTraining> {
  await db
    .updateTable('training')
    .set({ holder: null, expires_at: 0, starts: 0, sha256, bytes, epochs, examples, at: now })
    .set({ metrics: JSON.stringify(metrics) })
    .where('tenant', '=', key.tenant)
    .where('run_id', '=', key.runId)
    .where('sha256', 'is', null)
    .execute();
  const row = await find(db, key);
  if (!row?.sha256) throw new Error(`training ${key.runId} is not in the ledger`);
  return finishedOf(row, row.sha256);
}

/** A finished training whose file is gone is trained again. */
export async function forgetTraining(db: Database, { tenant, runId }: TrainingKey): Promise<void> {
  await db
    .updateTable('training')
    .set({ sha256: null, holder: null })
    .where('tenant', '=', tenant)
    .where('run_id', '=', runId)
    .execute();
}

async function held(
  db: Database,
  { tenant, runId }: TrainingKey,
  holder: string,
  set: Partial<TrainingRow>,
): Promise<boolean> {
  const row = await db
    .updateTable('training')
    .set(set)
    .where('tenant', '=', tenant)
    .where('run_id', '=', runId)
    .where('holder', '=', holder)
    .returning('run_id')
    .executeTakeFirst();
  return row !== undefined;
}

async function find(db: Database, { tenant, runId }: TrainingKey): Promise<TrainingRow | undefined> {
  return db
    .selectFrom('training')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

function finishedOf(row: TrainingRow, sha256: string): FinishedTraining {
  return {
    sha256,
    bytes: Number(row.bytes),
    epochs: Number(row.epochs),
    examples: Number(row.examples),
    metrics: JSON.parse(row.metrics) as Record<string, number>,
  };
}
