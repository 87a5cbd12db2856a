/**
 * Records the histories that the replay test replays: npx jest --testMatch with this file's path; one strategy's alone
 * with -t and its name.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { ENTIGRAPH_EXAMPLES } from '../../core/strategies/entigraph/examples';
import { ERROR_EXTRAPOLATION_EXAMPLES } from '../../core/strategies/error-extrapolation/examples';
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

const MESSAGES = ERROR_EXTRAPOLATION_EXAMPLES[0] as { params: object; inputs: { gold: object[] } };
/** Its story and its students, with as few rows as it takes. */
const SMALL = { seedPerLabel: 20, reasonsPerLabel: 0, studentSeeds: [1], arms: ['goldgen-mix'] };

/** @param runsMin those of the job and its children: a closed run is listed a moment later */
async function save(stack: InProcess, id: string, name: string, runsMin = 2): Promise<void> {
  const runs = await until(
    async () => {
      const found = await stack.histories(id);
      return found.length >= runsMin ? found : undefined;
    },
    { what: `the histories of ${id}` },
  );
  for (const [i, { workflowId, history }] of runs.entries()) {
    const short = workflowId === id ? 'job' : workflowId.slice(id.length + 1).replaceAll('/', '-');
    // Stack traces carry the paths of the recording machine.
    const plain: unknown = JSON.parse(historyToJSON(history));
    const json = JSON.stringify(plain, (key, value: unknown) => (key === 'stackTrace' ? '' : value));
    writeFileSync(join(HISTORIES, `${name}-${short}-${i}.json`), `${json}\n`);
  }
}

/** Removes what was recorded under these names, and records anew. */
async function record(names: readonly string[], jobs: (stack: InProcess) => Promise<void>): Promise<void> {
  mkdirSync(HISTORIES, { recursive: true });
  const old = readdirSync(HISTORIES).filter((file) => names.some((name) => isOf(file, name)));
  for (const file of old) rmSync(join(HISTORIES, file));
  const stack = await InProcess.start({
    serverFlags: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
  });
  try {
    await jobs(stack);
  } finally {
    await stack.stop();
  }
}

const STRATEGIES_RECORDED = ['entigraph', 'error-extrapolation'];
/** `happy` is not `happy-entigraph`. */
function isOf(file: string, name: string): boolean {
  const longer = STRATEGIES_RECORDED.some((strategy) => file.startsWith(`${name}-${strategy}-`));
  return file.startsWith(`${name}-`) && !longer;
}

it('prompt-template', async () => {
  await record(['happy', 'continued', 'blocked', 'cancelled'], async (stack) => {
    await stack.submit('prompt-template-happy', job('happy'), ROWS(20));
    await stack.waitFor('prompt-template-happy', 'succeeded');
    await save(stack, 'prompt-template-happy', 'happy');
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
  });
}, 180_000);

it('entigraph', async () => {
  await record(['happy-entigraph'], async (stack) => {
    const params = { target: { calls: 12 } };
    await stack.submit('entigraph-happy', { strategy: 'entigraph', params }, DOCUMENTS.documents);
    await stack.waitFor('entigraph-happy', 'succeeded');
    await save(stack, 'entigraph-happy', 'happy-entigraph');
  });
}, 180_000);

it('error-extrapolation', async () => {
  await record(['happy-error-extrapolation'], async (stack) => {
    const id = 'error-extrapolation-happy';
    const params = { ...MESSAGES.params, ...SMALL };
    const students = { main: { name: 'linear' } };
    await stack.submit(id, { strategy: 'error-extrapolation', params, students }, MESSAGES.inputs.gold);
    await stack.waitFor(id, 'succeeded', 150_000);
    // Two arms with two rounds: writing, judging, training and looking at errors are children each.
    await save(stack, id, 'happy-error-extrapolation', 20);
  });
}, 180_000);
