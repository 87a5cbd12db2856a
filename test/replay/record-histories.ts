/** Records the histories that the replay test replays: npx jest --testMatch with this file's path. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { ENTIGRAPH_EXAMPLES } from '../../core/strategies/entigraph/examples';
import { InProcess } from '../support/in-process';
import { until } from '../support/until';
import { HISTORIES } from './histories';

const DOCUMENTS = ENTIGRAPH_EXAMPLES[0]!['inputs'] as { documents: object[] };
const ROWS = (n: number) => Array.from({ length: n }, (_, i) => ({ topic: `topic ${i}` }));
/** @param name makes the calls its own: answered ones would come from the ledger */
const job = (name: string, samples = 1) => ({
  strategy: 'prompt-template',
  params: { template: `${name} {topic}.`, samples },
});

async function save(stack: InProcess, id: string, name: string): Promise<void> {
  const runs = await until(
    async () => {
      const found = await stack.histories(id);
      return found.length >= 2 ? found : undefined;
    },
    { what: `the histories of ${id}` },
  );
  for (const [i, { workflowId, history }] of runs.entries()) {
    const short = workflowId === id ? 'job' : workflowId.slice(id.length + 1);
    // Stack traces carry the paths of the recording machine.
    const plain: unknown = JSON.parse(historyToJSON(history));
    const json = JSON.stringify(plain, (key, value: unknown) => (key === 'stackTrace' ? '' : value));
    writeFileSync(join(HISTORIES, `${name}-${short}-${i}.json`), `${json}\n`);
  }
}

it('records', async () => {
  rmSync(HISTORIES, { recursive: true, force: true });
  mkdirSync(HISTORIES, { recursive: true });
  const stack = await InProcess.start({
    serverFlags: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
  });
  try {
    await stack.submit('prompt-template-happy', job('happy'), ROWS(20));
    await stack.waitFor('prompt-template-happy', 'succeeded');
    await save(stack, 'prompt-template-happy', 'happy');
    await stack.submit(
      'entigraph-happy',
      { strategy: 'entigraph', params: { target: { calls: 12 } } },
      DOCUMENTS.documents,
    );
    await stack.waitFor('entigraph-happy', 'succeeded');
    await save(stack, 'entigraph-happy', 'happy-entigraph');
    await stack.submit('prompt-template-continued', job('continued', 10), ROWS(500));
    await stack.waitFor('prompt-template-continued', 'succeeded');
    await save(stack, 'prompt-template-continued', 'continued');
    await stack.stopWorkers();
    const broken = { send: () => Promise.reject(new TypeError('a bug')), close: () => Promise.resolve() };
    await stack.startWorkers({
      spoil: (deps) => ({ ...deps, models: { ...deps.models, client: () => broken } }),
    });
    await stack.submit('prompt-template-blocked', job('blocked'), ROWS(20));
    await stack.submit('prompt-template-cancelled', job('cancelled'), ROWS(20));
    await stack.waitFor('prompt-template-blocked', 'blocked');
    await stack.waitFor('prompt-template-cancelled', 'blocked');
    await stack.client.workflow.getHandle('prompt-template-cancelled').cancel();
    await stack.waitFor('prompt-template-cancelled', 'cancelled');
    await save(stack, 'prompt-template-cancelled', 'cancelled');
    await stack.stopWorkers();
    await stack.startWorkers();
    await stack.resume('prompt-template-blocked');
    await stack.waitFor('prompt-template-blocked', 'succeeded');
    await save(stack, 'prompt-template-blocked', 'blocked');
  } finally {
    await stack.stop();
  }
}, 180_000);
