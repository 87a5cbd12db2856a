/** Stage `<arm>/train-q`: fresh students on the rows of rounds 0 to q, one a seed. */
import type { TrainStage } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { stageAt } from '../place';
import { findsErrors } from '../story';
import { loopCompositions, planTrainings, writeValidation } from './trainings';

export function trainStage(place: Place): TrainStage<ErrorExtrapolationParams> {
  const round = place.round ?? 0;
  const stage = stageAt(place, 'train', round);
  return {
    kind: 'train',
    title: `Train fresh students on the rows of round ${round}`,
    async *plan(context) {
      // Arms that follow main's counts are trained once, at their end.
      if (!findsErrors(place.arm)) return;
      const params = paramsOfArm(context.params, place.arm);
      const validation = await writeValidation(context, stage);
      for (const composition of loopCompositions(params)) {
        const wanted = { stage, rows: { at: place, round }, composition, params, prefix: composition };
        yield* planTrainings(context, wanted, validation);
      }
    },
  };
}
