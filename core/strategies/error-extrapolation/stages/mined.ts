/** What `mine-q` leaves behind for later stages. */
import type { Reader } from '../../../strategy';
import { stageAt } from '../place';
import type { MinedError } from '../records';
import type { ArmAt } from './round-rows';

/** The one item of `<arm>/mine-q/summary`: what is too large for facts. Lists by label stand in the task's order. */
export interface MineSummary {
  readonly round: number;
  readonly errorsByLabel: readonly number[];
  /** Shares of predictions on mine, over the seeds. */
  readonly predictedShares: readonly number[];
  readonly rowsByLabel: readonly number[];
  /** One a seed of the students that score. */
  readonly scores: readonly number[];
}

/** Suspected ones included; empty where the round found none. */
export async function readErrors(read: Reader, at: ArmAt, round: number): Promise<MinedError[]> {
  const stage = stageAt(at, 'mine', round);
  const found = Number((await read.stage(stage))?.facts['errors'] ?? 0);
  if (found === 0) return []; // a collection without items was never written
  const errors: MinedError[] = [];
  for await (const error of read.collection<MinedError>(`${stage}/errors`)) errors.push(error);
  return errors;
}

export async function readSummary(read: Reader, at: ArmAt, round: number): Promise<MineSummary | undefined> {
  const stage = stageAt(at, 'mine', round);
  if (typeof (await read.stage(stage))?.facts['score'] !== 'number') return undefined;
  for await (const summary of read.collection<MineSummary>(`${stage}/summary`)) return summary;
  return undefined;
}
