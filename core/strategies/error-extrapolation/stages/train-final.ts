/** Stage `train-final`: the students that the comparisons still lack. Arms that follow main are trained here only. */
import type { TrainStage } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import { FINAL_STAGE, finalStudents, GOLD_ONLY } from './final-students';
import { goldFactsOf } from './gold-facts';
import { planTrainings, writeValidation } from './trainings';

export const trainFinal: TrainStage<ErrorExtrapolationParams> = {
  kind: 'train',
  title: 'Train the students that the comparisons still lack',
  async *plan(context) {
    if ((await goldFactsOf(context.read)).test === 0) return; // nothing to compare on
    const missing = (await finalStudents(context.read, context.params)).filter(
      ({ training }) => training.stage === FINAL_STAGE,
    );
    if (missing.length === 0) return;
    const validation = await writeValidation(context, FINAL_STAGE);
    for (const { at, round, composition, params, rows, training } of missing) {
      const of = at.arm === GOLD_ONLY ? {} : { rows: { at, round }, rowsMax: rows };
      const wanted = { stage: FINAL_STAGE, ...of, composition, params, prefix: training.prefix };
      yield* planTrainings(context, wanted, validation);
    }
  },
};
