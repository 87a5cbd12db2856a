/** Makes the calls: batches of rows, and the small activities around them. */
import { join } from 'node:path';
import Piscina from 'piscina';
import { generatorActivities } from '../activities';
import { LANES_MAX } from '../core/story/limits';
import { QUEUES } from '../core/story/ports';
import type { LedgerWriter } from '../infra/database/ledger-writer';
import { createBroker } from '../infra/models/broker/broker';
import type { LedgerAnswer } from './ledger-thread';
import { openDeps } from './open-deps';
import { main } from './run-worker';

main({
  name: 'generator',
  prepare: async (config) => {
    const deps = await openDeps(config);
    const ledger = deps.db.dialect === 'sqlite' ? ledgerThread() : undefined;
    return {
      options: {
        taskQueue: QUEUES.generator,
        activities: generatorActivities(
          deps,
          createBroker({ ...deps, ...(ledger ? { write: ledger.write } : {}) }),
        ),
        maxConcurrentActivityTaskExecutions: 2 * LANES_MAX,
      },
      close: async () => {
        await ledger?.close();
        await deps.models.close();
        await deps.db.destroy();
      },
    };
  },
});

/** SQLite works on the thread that asks: a thread of its own keeps calls, answers and heartbeats going meanwhile. */
function ledgerThread(): { write: LedgerWriter; close(): Promise<void> } {
  const pool = new Piscina({ filename: join(__dirname, 'ledger-thread.js'), minThreads: 1, maxThreads: 1 });
  return {
    write: async (work) => {
      const answer = (await pool.run(work, { name: 'writeInThread' })) as LedgerAnswer;
      if ('result' in answer) return answer.result;
      throw Object.assign(new Error(answer.error.message), answer.error);
    },
    close: () => pool.destroy(),
  };
}
