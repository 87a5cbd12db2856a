/** Makes the calls: batches of rows, and the small activities around them. */
import { generatorActivities } from '../activities';
import { LANES_MAX } from '../core/story/limits';
import { QUEUES } from '../core/story/ports';
import { createBroker } from '../infra/models/broker/broker';
import { openDeps } from './open-deps';
import { main } from './run-worker';

main({
  name: 'generator',
  prepare: async (config) => {
    const deps = await openDeps(config);
    return {
      options: {
        taskQueue: QUEUES.generator,
        activities: generatorActivities(deps, createBroker(deps.db, deps.worker)),
        maxConcurrentActivityTaskExecutions: 2 * LANES_MAX,
      },
      close: async () => {
        await deps.models.close();
        await deps.db.destroy();
      },
    };
  },
});
