/** Makes the calls: batches of rows, and the small activities around them. */
import { generatorActivities } from '../activities';
import { LANES_MAX } from '../core/story/limits';
import { QUEUES } from '../core/story/ports';
import { createBroker } from '../infra/models/broker/broker';
import { ledgerInThread } from './ledger-in-thread';
import { openDeps } from './open-deps';
import { main } from './run-worker';

main({
  name: 'generator',
  prepare: async (config) => {
    // SQLite works on the thread that asks; Postgres is another process.
    const thread = config.databaseUrl.startsWith('sqlite:') ? ledgerInThread() : undefined;
    const deps = await openDeps(config, thread?.ledger);
    return {
      options: {
        taskQueue: QUEUES.generator,
        activities: generatorActivities(deps, createBroker(deps)),
        maxConcurrentActivityTaskExecutions: 2 * LANES_MAX,
      },
      close: async () => {
        await deps.models.close();
        await thread?.close();
        await deps.db.destroy();
      },
    };
  },
});
