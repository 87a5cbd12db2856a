import { continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';
import { type ProviderBatchInput, type ProviderBatchResult, WAKE_SIGNAL } from '../core/story/ports';
import { PlanBatches } from './plan-batches';

const wakeSignal = defineSignal(WAKE_SIGNAL);

/**
 * Has the first calls of a plan answered by provider batches, a few at a time. Rows end afterwards, in `generate`, which
 * finds the answers in the ledger. What is open when a run ends is in the database, and the next run goes on with it.
 */
export async function providerBatch(input: ProviderBatchInput): Promise<ProviderBatchResult> {
  const batches = new PlanBatches(input);
  setHandler(wakeSignal, () => batches.wake());
  await batches.run();
  if (batches.end) return { ...batches.end, open: batches.seen.size };
  if (batches.cursor < input.planned || batches.seen.size > 0)
    await continueAsNew<typeof providerBatch>({ ...input, cursor: batches.cursor, runs: input.runs + 1 });
  return { open: 0 };
}
