/** The activities, grouped by the process that runs them. `workers/` gives them their dependencies. */
import type { Activities } from '../core/story/ports';
import type { Broker } from '../infra/models/broker/broker';
import { asActivity } from './as-activity';
import { collectProviderBatch } from './collect-provider-batch';
import type { ActivityDeps, TrainerDeps } from './deps';
import { evaluateStudent } from './evaluate-student';
import { concludeStage, finishStage } from './finish-stage';
import { generateBatch } from './generate-batch';
import { intendProviderBatch } from './intend-provider-batch';
import { openJob } from './open-job';
import { planStage } from './plan-stage';
import { pollProviderBatch } from './poll-provider-batch';
import { publishDataset } from './publish-dataset';
import { recordState } from './record-state';
import { submitProviderBatch } from './submit-provider-batch';
import { trainStudent } from './train-student';
import { transformStage } from './transform-stage';
import { withdrawProviderBatches } from './withdraw-provider-batches';

export { type FailureVerdict, throwVerdict, verdictOf } from './failures';
export { asActivity } from './as-activity';
export type { ActivityDeps, TrainerDeps } from './deps';

export type GeneratorActivities = Omit<Activities, keyof TransformerActivities | keyof TrainerActivities>;
export type TransformerActivities = Pick<
  Activities,
  'planStage' | 'transformStage' | 'concludeStage' | 'publishDataset'
>;
export type TrainerActivities = Pick<Activities, 'trainStudent' | 'evaluateStudent'>;

/** Waits on models and the database. */
export function generatorActivities(deps: ActivityDeps, broker: Broker): GeneratorActivities {
  return {
    openJob: asActivity(openJob(deps)),
    generateBatch: asActivity(generateBatch(deps, broker)),
    finishStage: asActivity(finishStage(deps)),
    recordState: asActivity(recordState(deps)),
    intendProviderBatch: asActivity(intendProviderBatch(deps)),
    submitProviderBatch: asActivity(submitProviderBatch(deps)),
    pollProviderBatch: asActivity(pollProviderBatch(deps)),
    collectProviderBatch: asActivity(collectProviderBatch(deps)),
    withdrawProviderBatches: asActivity(withdrawProviderBatches(deps)),
  };
}

/** Needs a processor: run in worker threads, so that heartbeats never starve. Not wrapped: the caller beats the heart. */
export function transformerActivities(deps: ActivityDeps): TransformerActivities {
  return {
    planStage: planStage(deps),
    transformStage: transformStage(deps),
    concludeStage: concludeStage(deps),
    publishDataset: publishDataset(deps),
  };
}

/** Needs a device, and patience. */
export function trainerActivities(deps: TrainerDeps): TrainerActivities {
  return {
    trainStudent: asActivity(trainStudent(deps)),
    evaluateStudent: asActivity(evaluateStudent(deps)),
  };
}
