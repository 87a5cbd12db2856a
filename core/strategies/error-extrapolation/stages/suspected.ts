/** Marks errors whose gold is probably wrong: they are listed, and not imitated. */
import type { Reader } from '../../../strategy';
import type { LabelPrediction, Prediction, SpanPrediction } from '../../../students/student';
import { labelOpinion, spanOpinion, suspectedByCrossFit, suspectedByPersistence } from '../noise-guard';
import type { Opinion } from '../noise-guard';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import type { GoldRow, MinedError } from '../records';
import { readErrors } from './mined';
import { readAll } from './predicted';

interface Guarded {
  readonly read: Reader;
  /** Of the arm. */
  readonly params: ErrorExtrapolationParams;
  readonly place: Place;
  readonly mine: readonly GoldRow[];
  /** `[seed][row]` of this round. */
  readonly predictions: readonly (readonly Prediction[])[];
}

export async function guardNoise(
  guarded: Guarded,
  errors: readonly MinedError[],
): Promise<readonly MinedError[]> {
  const { read, params, place } = guarded;
  if (params.noiseGuard === 'off' || errors.length === 0) return errors;
  const crossFit =
    params.noiseGuard === 'cross-fit' ? await readAll(read.collection<Prediction>('prepare/cross-fit')) : [];
  const allWrong = await passesAllWrong(read, place);
  return errors.map((error) => {
    const passes = (allWrong.get(error.id) ?? 0) + (error.everySeed === true ? 1 : 0);
    const suspected = isSuspected(guarded, error, crossFit[error.ordinal], passes);
    return suspected ? { ...error, suspected } : error;
  });
}

function isSuspected(
  { params, mine, predictions }: Guarded,
  error: MinedError,
  crossFit: Prediction | undefined,
  passes: number,
): boolean {
  const row = mine[error.ordinal]!;
  const labels = params.task.labels.map(({ id }) => id);
  const ofSeeds = predictions.map((seed) => seed[error.ordinal]!);
  const references = (row.answers ?? []).map(({ text }) => text);
  const gold = row.label ?? references;
  const opinion = (given: readonly Prediction[]): Opinion =>
    row.label === undefined
      ? spanOpinion(given as readonly SpanPrediction[])
      : labelOpinion(
          labels,
          row.label,
          (given as readonly LabelPrediction[]).map(({ probabilities }) => probabilities),
        );
  if (
    crossFit !== undefined &&
    suspectedByCrossFit({ gold, crossFit: opinion([crossFit]), round: opinion(ofSeeds) })
  )
    return true;
  return suspectedByPersistence(
    row.label === undefined
      ? {
          passesAllWrong: passes,
          gold: references,
          answers: (ofSeeds as readonly SpanPrediction[]).map(({ answer }) => answer.text),
        }
      : { passesAllWrong: passes, goldProbability: error.goldProbability },
  );
}

/** In how many earlier rounds all seeds were wrong, by id. */
async function passesAllWrong(read: Reader, place: Place): Promise<Map<string, number>> {
  const passes = new Map<string, number>();
  for (let q = 0; q < (place.round ?? 0); q += 1) {
    for (const { id, everySeed } of await readErrors(read, place, q))
      if (everySeed === true) passes.set(id, (passes.get(id) ?? 0) + 1);
  }
  return passes;
}
