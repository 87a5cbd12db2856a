import type { JobRef, JobSummary } from '../../../core/story/ports';
import { openRun } from '../../../workflows/run-control';

export async function toyEcho({ jobId }: JobRef): Promise<JobSummary> {
  const run = await openRun(jobId);
  await run.generate('echo');
  return run.publish();
}
