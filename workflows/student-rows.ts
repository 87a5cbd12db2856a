import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { STUDENT_LANES } from '../core/story/limits';
import type { StudentRowResult, StudentRowsInput, StudentRowsResult } from '../core/story/ports';
import { addCounts, type Block, NO_ROWS } from '../core/story/vocabulary';
import { activity } from './activity-options';
import { blockOfFailure } from './block-of-failure';
import { rowsLine } from './details';
import { drain } from './drain';
import { progressTeller } from './progress-teller';

/**
 * The trainings or evaluations of one stage: each an activity of its own, until every row has its outcome, or until one
 * says that the job is paused, fenced or blocked. Those under way are waited for: what they make is kept.
 */
export async function studentRows(input: StudentRowsInput): Promise<StudentRowsResult> {
  const { jobId, epoch, stage, plan, planned } = input;
  const returned = [...input.returned];
  let { cursor, counts } = input;
  let stop: StudentRowsResult['stop'];
  let block: Block | undefined;
  const tell = progressTeller(input);

  const step = async (row: number): Promise<void> => {
    const ask = activity(
      input.kind === 'train' ? 'trainStudent' : 'evaluateStudent',
      `${stage} student ${row + 1} of ${planned}`,
      { fairnessKey: jobId, priorityKey: input.priority },
    );
    const result = await ask({ jobId, epoch, stage, plan, row }).catch((error: unknown): StudentRowResult => {
      const cause = blockOfFailure(error);
      if (!cause) throw error;
      return { stop: 'blocked', block: cause };
    });
    if (result.stop) returned.push(row);
    if (result.stop && result.stop !== 'time') stop ??= result.stop;
    block ??= result.block;
    if (!result.outcome) return;
    counts = addCounts(counts, { ...NO_ROWS, [result.outcome]: 1 });
    setCurrentDetails(`- **${stage}** ${rowsLine(counts)}`);
    await tell(counts);
  };

  const take = (): number | undefined => {
    if (returned.length > 0) return returned.shift();
    return cursor < planned ? cursor++ : undefined;
  };
  const isOpen = () => returned.length > 0 || cursor < planned;

  while (!stop && isOpen()) {
    await drain(
      () => STUDENT_LANES,
      take,
      step,
      () => stop !== undefined,
    );
    if (!stop && workflowInfo().continueAsNewSuggested && isOpen())
      await continueAsNew<typeof studentRows>({ ...input, cursor, returned, counts, runs: input.runs + 1 });
  }
  return { counts, ...(stop ? { stop } : {}), ...(block ? { block } : {}) };
}
