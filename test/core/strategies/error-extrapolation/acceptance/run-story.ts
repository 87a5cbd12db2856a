/** Runs the workflow's own story over a run in memory. Test files mock `workflows/run-control` with `memory-run-control`. */
import { errorExtrapolation as story } from '../../../../../workflows/error-extrapolation';
import type { RunOptions } from '../../../../support/run-strategy';
import { Blocked, JOB, StoryRun, useRun } from './memory-run-control';

export interface StoryResult {
  readonly run: StoryRun;
  readonly blocked?: Blocked;
}

export async function runStory(options: RunOptions): Promise<StoryResult> {
  const run = new StoryRun(options);
  useRun(run);
  try {
    await story({ jobId: JOB });
    return { run };
  } catch (error) {
    if (error instanceof Blocked) return { run, blocked: error };
    throw error;
  }
}
