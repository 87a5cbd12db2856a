/** Runs the stories: workflow tasks only, no activities. */
import { join } from 'node:path';
import { QUEUES } from '../core/story/ports';
import { main } from './run-worker';

const WORKFLOWS_CACHED_MAX = 300;
/** The default of 5 s is hit on a machine whose processors are all busy, and ends the process. */
const ISOLATE_EXECUTION_TIMEOUT = '60 seconds';

main({
  name: 'orchestrator',
  prepare: () =>
    Promise.resolve({
      options: {
        taskQueue: QUEUES.orchestrator,
        workflowBundle: { codePath: join(__dirname, 'workflow-bundle.js') },
        maxCachedWorkflows: WORKFLOWS_CACHED_MAX,
        isolateExecutionTimeout: ISOLATE_EXECUTION_TIMEOUT,
      },
    }),
});
