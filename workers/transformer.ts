/** Does what needs a processor: plans, transforms, datasets; each in a worker thread. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import Piscina from 'piscina';
import { asActivity, throwVerdict, type TransformerActivities } from '../activities';
import { QUEUES } from '../core/story/ports';
import { main } from './run-worker';
import type { ThreadAnswer } from './transform-thread';

main({
  name: 'transformer',
  prepare: () => {
    const threads = Math.max(1, availableParallelism() - 1);
    const pool = new Piscina({
      filename: join(__dirname, 'transform-thread.js'),
      maxThreads: threads,
      idleTimeout: 60_000,
      atomics: 'disabled', // as in the ledger's thread
    });
    const inThread = <Name extends keyof TransformerActivities>(name: Name) =>
      asActivity(async (input: object) => {
        const { cancellationSignal: signal } = Context.current();
        const answer = (await pool.run({ name, input }, { name: 'runInThread', signal })) as ThreadAnswer;
        if ('failure' in answer) throwVerdict(answer.failure);
        return answer.result;
      });
    const activities = {
      planStage: inThread('planStage'),
      transformStage: inThread('transformStage'),
      concludeStage: inThread('concludeStage'),
      publishDataset: inThread('publishDataset'),
    };
    return Promise.resolve({
      options: {
        taskQueue: QUEUES.transformer,
        activities,
        maxConcurrentActivityTaskExecutions: 2 * threads,
      },
      close: () => pool.destroy(),
    });
  },
});
