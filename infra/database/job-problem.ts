import type { Database } from './open-database';

/** What keeps an open job from going on although it is running, for instance a fault in its workflow's code. */
export async function writeProblem(
  db: Database,
  tenant: string,
  job: string,
  problem: string | null,
): Promise<void> {
  await db
    .updateTable('job')
    .set({ problem })
    .where('tenant', '=', tenant)
    .where('id', '=', job)
    .where('state', 'in', ['queued', 'running', 'paused', 'blocked'])
    .execute();
}
