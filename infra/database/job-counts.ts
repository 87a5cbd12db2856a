import { NO_ROWS, type RowCounts } from '../../core/story/vocabulary';
import type { Database } from './open-database';

/** Rows of several jobs over all their stages, for lists. */
export async function countRowsOfJobs(
  db: Database,
  tenant: string,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, RowCounts>> {
  const counts = new Map<string, RowCounts>(jobs.map((job) => [job, NO_ROWS]));
  if (jobs.length === 0) return counts;
  const rows = await db
    .selectFrom('stage')
    .select((e) => [
      'job',
      e.fn.sum<number>('planned').as('planned'),
      e.fn.sum<number>('accepted').as('accepted'),
      e.fn.sum<number>('rejected').as('rejected'),
      e.fn.sum<number>('failed').as('failed'),
    ])
    .where('tenant', '=', tenant)
    .where('job', 'in', jobs)
    .groupBy('job')
    .execute();
  for (const { job, planned, accepted, rejected, failed } of rows) {
    counts.set(job, {
      planned: Number(planned),
      accepted: Number(accepted),
      rejected: Number(rejected),
      failed: Number(failed),
    });
  }
  return counts;
}
