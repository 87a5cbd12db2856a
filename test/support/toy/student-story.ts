import type { JobRef, JobSummary } from '../../../core/story/ports';
import { openRun } from '../../../workflows/run-control';

export async function toyStudent({ jobId }: JobRef): Promise<JobSummary> {
  const run = await openRun(jobId);
  await run.stage('prepare');
  const seeds = await run.generate('main/seed');
  if (seeds.choice !== 'publish') await run.stage('main/gate-0');
  const trained = await run.train('main/train-0');
  if (trained.choice !== 'publish') await run.evaluate('main/mine-0');
  return run.publish();
}
