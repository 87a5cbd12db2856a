/**
 * What a written row weighs in a training: imitations by their share, and with `rowWeights: dimp` by what a student of
 * gold thinks of the label against one of the last round (Kuo et al., arXiv 2410.21526). Both are `linear`, whatever
 * student the job trains: each would otherwise cost a further pass over all rows.
 */
import type { Reader } from '../../../strategy';
import { linearLoss, trainLinear } from '../../../students/linear/linear-student';
import type { LinearStudent } from '../../../students/linear/linear-student';
import type { Example, StudentTask } from '../../../students/student';
import { dimpWeight } from '../dimp-weight';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow, SiftedRow } from '../records';
import { exampleOf, studentTaskOf } from './examples-of';
import type { ArmAt } from './round-rows';
import { acceptedRows, countAccepted, extraWeightOf } from './round-rows';

export interface WeighedRow {
  readonly row: SiftedRow;
  readonly weight: number;
}

/** Accepted rows of rounds 0 to `round` with their weights, in plan order. */
export async function* weighedRows(
  read: Reader,
  params: ErrorExtrapolationParams,
  at: ArmAt,
  round: number,
): AsyncIterable<WeighedRow> {
  const extra = extraWeightOf(await countAccepted(read, at, round), params);
  const dimp = params.rowWeights === 'dimp' && round > 0 ? await dimpOf(read, params, at, round) : undefined;
  for await (const row of acceptedRows(read, at, round)) {
    const share = row.origin === 'extrapolated' ? extra : 1;
    yield { row, weight: dimp === undefined ? share : share * dimp(row) };
  }
}

async function dimpOf(
  read: Reader,
  params: ErrorExtrapolationParams,
  at: ArmAt,
  round: number,
): Promise<(row: SiftedRow) => number> {
  const task = studentTaskOf(params);
  const gold: Example[] = [];
  for await (const row of read.collection<GoldRow>('prepare/mine')) gold.push(exampleOf(row));
  const earlier: Example[] = [];
  for await (const row of acceptedRows(read, at, round - 1)) earlier.push(exampleOf(row));
  if (earlier.length === 0) return () => 1;
  const [ofGold, ofLast] = [studentOf(task, gold, params), studentOf(task, earlier, params)];
  return (row) => {
    const example = exampleOf(row);
    return dimpWeight(probability(ofGold, example), probability(ofLast, example));
  };
}

function studentOf(
  task: StudentTask,
  examples: readonly Example[],
  { studentSeeds }: ErrorExtrapolationParams,
): LinearStudent {
  return trainLinear(task, examples, { seed: studentSeeds[0] ?? 1 });
}

function probability(student: LinearStudent, example: Example): number {
  return Math.exp(-linearLoss(student, [example]));
}
