import type { Selectable, Transaction } from 'kysely';
import type { Database } from './open-database';
import type { Tables } from './schema';

export type EventRow = Selectable<Tables['event']>;

export interface NewEvent {
  readonly tenant: string;
  readonly job: string;
  /** A job state, or `stage`, `plan`, `control`, `budget`, `epoch`, `choice`, `retry`, `forked`. */
  readonly kind: string;
  readonly data: unknown;
}

/** Live view and audit trail: every change of state, speed, budget and model. */
export async function appendEvent(
  db: Database | Transaction<Tables>,
  event: NewEvent,
  now = Date.now(),
): Promise<void> {
  const { tenant, job, kind } = event;
  await db
    .insertInto('event')
    .values({ tenant, job, kind, data: JSON.stringify(event.data ?? {}), at: now })
    .execute();
}

/** Events of a job after a sequence number, oldest first. */
export async function listEvents(
  db: Database,
  tenant: string,
  job: string,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  return db
    .selectFrom('event')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('job', '=', job)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}
