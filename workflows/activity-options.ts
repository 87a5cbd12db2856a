/** Every timeout and retry of the product, in one table. */
import { proxyActivities } from '@temporalio/workflow';
import type { Priority } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import { HEARTBEAT_TIMEOUT_MS } from '../core/story/limits';
import { type Activities, QUEUES } from '../core/story/ports';

/** A database or store that is away comes back: tried again without end, at least once a minute. */
const untilItReturns = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
} as const;

type Row = Pick<ActivityOptions, 'taskQueue' | 'startToCloseTimeout' | 'heartbeatTimeout'>;

const OPTIONS = {
  openJob: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  generateBatch: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  finishStage: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  recordState: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  intendProviderBatch: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  submitProviderBatch: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  pollProviderBatch: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  collectProviderBatch: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '2 hours',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  withdrawProviderBatches: {
    taskQueue: QUEUES.generator,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  planStage: {
    taskQueue: QUEUES.transformer,
    startToCloseTimeout: '6 hours',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  concludeStage: {
    taskQueue: QUEUES.transformer,
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  trainStudent: {
    taskQueue: QUEUES.trainer,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  evaluateStudent: {
    taskQueue: QUEUES.trainer,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  transformStage: {
    taskQueue: QUEUES.transformer,
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
  publishDataset: {
    taskQueue: QUEUES.transformer,
    startToCloseTimeout: '6 hours',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  },
} as const satisfies Record<keyof Activities, Row>;

/**
 * The activity of a name, with a line for the UI that says what it is about.
 * @param priority a small job beside a large one gets its share of the generators, an urgent one more
 */
export function activity<Name extends keyof Activities>(
  name: Name,
  summary: string,
  priority?: Priority,
): Activities[Name] {
  const options: ActivityOptions = {
    ...OPTIONS[name],
    retry: untilItReturns,
    summary,
    ...(priority === undefined ? {} : { priority }),
  };
  return proxyActivities<Activities>(options)[name] as Activities[Name];
}
