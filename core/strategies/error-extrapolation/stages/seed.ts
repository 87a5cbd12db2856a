/** Stage `<arm>/seed`: labelled rows from the model alone; its plans after the first replace what was refused. */
import type { RowsStage } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import type { WriteData } from '../records';
import { planSeed } from './seed-plan';
import { LABEL_SHARE_MIN } from './seed-waves';
import { WRITE_READS, writeStep } from './write-step';

const { numbers, context, examples } = WRITE_READS;

/** Equal rows of different arms are equal calls; a replicate's are new draws of the same arm. */
export function seedStage(place: Place): RowsStage<ErrorExtrapolationParams, WriteData> {
  return {
    kind: 'rows',
    title: 'Write the seed rows',
    // Only main blocks: another arm ends incomplete, and is marked so.
    ...(place.arm === 'main' ? { required: { acceptedShareMin: LABEL_SHARE_MIN, choices: [] } } : {}),
    lineage: place.arm,
    reads: { numbers, context, examples },
    plan: (given) => planSeed(given, place),
    step: (given) => writeStep(given, { arm: place.arm }),
  };
}
