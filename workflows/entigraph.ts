import type { EntigraphFacts } from '../core/strategies/entigraph/story';
import type { JobRef, JobSummary } from '../core/story/ports';
import { openRun } from './run-control';

/** Synthetic continued pretraining (arXiv 2409.07431); deviations in core/strategies/entigraph/index.ts. */
export async function entigraph({ jobId }: JobRef): Promise<JobSummary> {
  const run = await openRun<EntigraphFacts>(jobId);
  await run.stage('ingest');
  await run.generate('extract');
  await run.stage('canonicalise');
  for (const arm of run.facts.generatedArms) {
    for (let n = 0; (await run.generate(arm, n)).planned > 0; n += 1)
      // empty: target met, or exhausted
      await run.generate(`select-${arm}`, n);
  }
  await run.stage('assemble');
  return run.publish();
}
