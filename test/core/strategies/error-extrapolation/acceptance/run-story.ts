/** Runs the workflow's own story over a run in memory. Test files mock `workflows/run-control` with `memory-run-control`. */
import { errorExtrapolation } from '../../../../../core/strategies/error-extrapolation';
import { JOB, useRun } from '../../../../support/memory-run-control';
import { errorExtrapolation as story } from '../../../../../workflows/error-extrapolation';
import { Blocked, StoryRun } from './story-run';
import type { StoryOptions } from './story-run';

export interface StoryResult {
  readonly run: StoryRun;
  readonly blocked?: Blocked;
}

export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const run = new StoryRun(options);
  useRun(errorExtrapolation, run);
  try {
    await story({ jobId: JOB });
    return { run };
  } catch (error) {
    if (error instanceof Blocked) return { run, blocked: error };
    throw error;
  }
}
