import type { JobRef, JobSummary } from '../core/story/ports';
import { openRun } from './run-control';

/** The smallest strategy: one stage of rows, then the dataset. The pattern for the next. */
export async function promptTemplate({ jobId }: JobRef): Promise<JobSummary> {
  const run = await openRun(jobId);
  await run.generate('generate');
  return run.publish();
}
