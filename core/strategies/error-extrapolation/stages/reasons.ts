/** Stage `<arm>/reasons`: why a text may have a label, so that seed rows do not all say the same. */
import type { Json } from '../../../json';
import { randomFor } from '../../../random';
import { accept, call, reject } from '../../../strategy';
import type { PlanContext, PlannedRow, RowsStage, Step, StepContext } from '../../../strategy';
import { paramsOfArm } from '../arm-params';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import { ANGLES, REASONS_PER_CALL, reasonsStep } from '../reasons-call';
import { settingsOf } from '../settings';
import { seedArm } from './seed-arms';

/** What a batch is asked for. */
interface ReasonsData {
  readonly label: string;
  readonly n: number;
  readonly angle: string;
  readonly case?: string;
}

/** Accepted record. */
export interface ReasonsRecord {
  readonly label: string;
  readonly reasons: readonly string[];
}

/** A label whose rows all fail goes on without reasons. */
export function reasonsStage(place: Place): RowsStage<ErrorExtrapolationParams, ReasonsData> {
  return {
    kind: 'rows',
    title: 'Collect reasons for each label',
    lineage: place.arm,
    reads: {},
    plan: (context) => planReasons(context, place),
    step: (context) => stepReasons(context, place),
  };
}

async function* planReasons(
  { params: given, seed, plan }: PlanContext<ErrorExtrapolationParams>,
  { arm, replicate }: Place,
): AsyncIterable<PlannedRow<ReasonsData>> {
  await Promise.resolve();
  if (plan > 0 || !seedArm(arm).writes) return;
  const params = paramsOfArm(given, arm);
  const { reasonsPerLabel } = settingsOf(params);
  for (const { id: label, cases } of params.task.labels) {
    for (let batch = 0; batch * REASONS_PER_CALL < reasonsPerLabel; batch += 1) {
      const random = randomFor(seed, 'reasons', replicate, label, batch);
      const drawn = cases.length === 0 ? undefined : cases[random.integer(cases.length)];
      const data: ReasonsData = {
        label,
        n: Math.min(REASONS_PER_CALL, reasonsPerLabel - batch * REASONS_PER_CALL),
        angle: ANGLES[batch % ANGLES.length]!,
        ...(drawn === undefined ? {} : { case: drawn }),
      };
      yield { key: `reasons/${label}/${batch}`, sources: {}, data };
    }
  }
}

function stepReasons(context: StepContext<ErrorExtrapolationParams, ReasonsData>, { arm }: Place): Step {
  const { data } = context.row;
  const asked = { ...context, params: paramsOfArm(context.params, arm) };
  const answer = reasonsStep(asked, data, context.replies);
  if ('call' in answer) return call(answer.call);
  if ('reason' in answer) return reject(answer.reason, answer.detail);
  const record: ReasonsRecord = { label: data.label, reasons: answer.reasons };
  return accept(record as unknown as Json);
}
