/** Stories that do something else than the recorded ones: a replay of any history with them must fail. */
import { sleep } from '@temporalio/workflow';

async function changed(): Promise<void> {
  await sleep('1 hour');
}

export const promptTemplate = changed;
export const entigraph = changed;
export const errorExtrapolation = changed;
export const studentRows = changed;
export const generate = changed;
