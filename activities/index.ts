/** The activities, grouped by the process that runs them. `workers/` gives them their dependencies. */
import type { Activities } from '../core/story/ports';
import type { Broker } from '../infra/models/broker/broker';
import { asActivity } from './as-activity';
import type { ActivityDeps } from './deps';
import { finishStage } from './finish-stage';
import { generateBatch } from './generate-batch';
import { openJob } from './open-job';
import { planStage } from './plan-stage';
import { publishDataset } from './publish-dataset';
import { recordState } from './record-state';
import { transformStage } from './transform-stage';

export { type FailureVerdict, throwVerdict, verdictOf } from './failures';
export { asActivity } from './as-activity';
export type { ActivityDeps } from './deps';

export type GeneratorActivities = Pick<
  Activities,
  'openJob' | 'generateBatch' | 'finishStage' | 'recordState'
>;
export type TransformerActivities = Pick<Activities, 'planStage' | 'transformStage' | 'publishDataset'>;

/** Waits on models and the database. */
export function generatorActivities(deps: ActivityDeps, broker: Broker): GeneratorActivities {
  return {
    openJob: asActivity(openJob(deps)),
    generateBatch: asActivity(generateBatch(deps, broker)),
    finishStage: asActivity(finishStage(deps)),
    recordState: asActivity(recordState(deps)),
  };
}

/** Needs a processor: run in worker threads, so that heartbeats never starve. Not wrapped: the caller beats the heart. */
export function transformerActivities(deps: ActivityDeps): TransformerActivities {
  return {
    planStage: planStage(deps),
    transformStage: transformStage(deps),
    publishDataset: publishDataset(deps),
  };
}
