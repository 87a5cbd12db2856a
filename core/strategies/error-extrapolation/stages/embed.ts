/** Stage `<arm>/embed-q`: vectors of the errors, where they are clustered and the job has an embedder. */
import type { EmbedCall } from '../../../calls';
import type { Json } from '../../../json';
import { accept, call, reject } from '../../../strategy';
import type { PlanContext, PlannedRow, Reader, RowsStage, Step, StepContext } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { GoldRow } from '../records';
import { writtenText } from '../prompt-task';
import { readErrors } from './mined';
import { findsErrors } from '../story';

export const EMBEDDER_ROLE = 'embedder';

interface EmbedData {
  readonly ordinal: number;
}
interface EmbedRecord {
  readonly vector: readonly number[];
}

export function embedStage(place: Place): RowsStage<ErrorExtrapolationParams, EmbedData> {
  return {
    kind: 'rows',
    title: 'Embed the errors for clustering',
    reads: { error: 'prepare/mine' },
    plan: (context) => planErrors(context, place),
    step: stepError,
  };
}

/** By ordinal of the error; empty where hashed features are to be taken. */
export async function readVectors(
  read: Reader,
  place: Place,
  round: number,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const vectors = new Map<number, readonly number[]>();
  for await (const { row, record } of read.outcomes<EmbedData, EmbedRecord>(stageAt(place, 'embed', round)))
    if (record !== undefined) vectors.set(row.data.ordinal, record.vector);
  return vectors;
}

async function* planErrors(
  { read, plan, params, models }: PlanContext<ErrorExtrapolationParams>,
  place: Place,
): AsyncIterable<PlannedRow<EmbedData>> {
  const { errorSelection } = paramsOfArm(params, place.arm);
  const clusters = errorSelection === 'clustered' && findsErrors(place.arm);
  if (plan > 0 || !clusters || models[EMBEDDER_ROLE] === undefined) return;
  for (const { id, ordinal, suspected } of await readErrors(read, place, (place.round ?? 1) - 1)) {
    if (suspected) continue;
    yield { key: `error/${id}`, sources: { error: [ordinal] }, data: { ordinal } };
  }
}

function stepError({ params, sources, replies }: StepContext<ErrorExtrapolationParams, EmbedData>): Step {
  const [error] = sources['error'] as readonly [GoldRow];
  const [reply] = replies;
  if (reply === undefined) {
    const request: EmbedCall = { kind: 'embed', texts: [writtenText(params.task.kind, error)] };
    return call({ role: EMBEDDER_ROLE, request });
  }
  const vector = reply.vectors?.[0];
  if (vector === undefined || vector.length === 0) return reject('empty', 'the embedder gave no vector');
  const record: EmbedRecord = { vector };
  return accept(record as unknown as Json);
}
