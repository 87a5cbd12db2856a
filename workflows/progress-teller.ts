import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { type PlanRef, PROGRESS_SIGNAL } from '../core/story/ports';
import { endedRows, type RowCounts } from '../core/story/vocabulary';

/** How often the job is told how far its rows are. */
const PROGRESS_STEPS = 20;

/** Tells the job how far its rows are, every 5 % of them: the job's own history must stay short. */
export function progressTeller({
  stage,
  planned,
  counts: begun,
}: Pick<PlanRef, 'stage'> & { readonly planned: number; readonly counts: RowCounts }): (
  counts: RowCounts,
) => Promise<void> {
  let told = endedRows(begun);
  return async (counts) => {
    const { parent } = workflowInfo();
    if (!parent || endedRows(counts) - told < Math.max(1, planned / PROGRESS_STEPS)) return;
    told = endedRows(counts);
    const job = getExternalWorkflowHandle(parent.workflowId);
    await job.signal(PROGRESS_SIGNAL, { stage, ...counts }).catch(() => undefined);
  };
}
