import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import { GATE_SLEEP_MAX_MS, GATE_SLEEP_MIN_MS, LANES_MAX } from '../core/story/limits';
import type { BatchResult, GenerateInput, GenerateResult, RowRange } from '../core/story/ports';
import { addCounts, type Block, endedRows, type RowCounts } from '../core/story/vocabulary';
import { activity } from './activity-options';
import { blockOfFailure } from './block-of-failure';
import { drain } from './drain';
import { RowRanges } from './row-ranges';
import { percent, rowsLine } from './details';
import { progressTeller } from './progress-teller';

/** Calls in flight that one more batch is scheduled for. */
const LANE_SLOTS = 32;

/**
 * The rows of one plan: keeps lanes of batches busy until every row has its outcome, or until a batch says that the
 * job is paused, fenced or blocked. Continues as new, with nothing in flight, when the server suggests it.
 */
export async function generate(input: GenerateInput): Promise<GenerateResult> {
  const { jobId, epoch, stage, plan, planned } = input;
  let { concurrency, priority } = input;
  const ranges = new RowRanges(planned, input);
  let counts: RowCounts = input.counts;
  let stop: GenerateResult['stop'];
  let block: Block | undefined;

  const step = async ({ from, to }: RowRange): Promise<void> => {
    const generateBatch = activity('generateBatch', `${stage} rows ${from}–${to - 1}`, {
      fairnessKey: jobId,
      priorityKey: priority,
    });
    const result = await generateBatch({ jobId, epoch, stage, plan, from, to }).catch((error: unknown) => {
      const cause = blockOfFailure(error);
      if (!cause) throw error;
      return { ...NO_BATCH, next: from, stop: 'blocked', block: cause } satisfies BatchResult;
    });
    counts = addCounts(counts, {
      planned: 0,
      accepted: result.accepted,
      rejected: result.rejected,
      failed: result.failed,
    });
    ranges.giveBack({ from, to }, result.next);
    note(result);
    await tell(counts);
    // Not longer, however far the gate is: a pause, or a gate that opens early, is to be noticed.
    if (result.stop === 'gate' && !stop)
      await sleep(Math.min(result.notBeforeMs ?? GATE_SLEEP_MIN_MS, GATE_SLEEP_MAX_MS));
  };

  const note = (result: BatchResult): void => {
    concurrency = result.concurrency ?? concurrency;
    priority = result.priority ?? priority;
    setCurrentDetails(
      `- **${stage}** ${rowsLine(counts)}\n- ${percent(endedRows(counts), planned)} in run ${input.runs}`,
    );
    if (result.stop === 'paused' || result.stop === 'fenced' || result.stop === 'blocked')
      stop ??= result.stop;
    block ??= result.block;
  };

  const tell = progressTeller(input);

  while (!stop && ranges.open) {
    await drain(
      () => lanesFor(concurrency),
      () => ranges.take(),
      step,
      () => stop !== undefined,
    );
    if (!stop && workflowInfo().continueAsNewSuggested && ranges.open) {
      await continueAsNew<typeof generate>({
        ...input,
        concurrency,
        priority,
        ...ranges.rest,
        counts,
        runs: input.runs + 1,
      });
    }
  }
  return {
    ...ranges.rest,
    counts,
    ...(stop ? { stop } : {}),
    ...(block ? { block } : {}),
  };
}

/**
 * Enough batches that rows always wait for a slot, also while the slowest rows of several older batches are still
 * under way: a batch ends with its last row.
 */
const lanesFor = (concurrency: number): number =>
  Math.min(LANES_MAX, 2 + Math.ceil(concurrency / LANE_SLOTS));

/** What a batch that failed for good has done, as far as anybody knows: its outcomes are in the ledger. */
const NO_BATCH = { accepted: 0, rejected: 0, failed: 0, tokens: 0, costUsd: 0 };
