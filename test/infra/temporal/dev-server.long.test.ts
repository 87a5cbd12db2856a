/** Starts the real dev server twice on one file: jobs of the first start are there in the second. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { loadConfig } from '../../../infra/config';
import { settlePorts } from '../../../infra/stack/ports';
import { temporalProcess } from '../../../infra/stack/stack-processes';
import { supervise } from '../../../infra/stack/supervise';
import { connectClient } from '../../../infra/temporal/connection';
import { claimDatabaseFile, connectWhenHealthy } from '../../../infra/temporal/dev-server';
import { findTemporal } from '../../../infra/temporal/find-temporal';
import { prepareNamespace } from '../../../infra/temporal/prepare-namespace';
import { makeFolder, type Folder } from '../stack/folder';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

async function start() {
  const wish = { host: '127.0.0.1', port: 0, setting: 'port' };
  const { port, uiPort } = await settlePorts({ port: wish, uiPort: wish });
  const binary = await findTemporal(loadConfig(), { say: console.log });
  const server = {
    binary,
    databaseFile: join(folder.path, 'temporal.db'),
    port,
    uiPort,
    namespace: 'default',
  };
  claimDatabaseFile(server);
  mkdirSync(join(folder.path, 'run'), { recursive: true });
  let failure: Error | undefined;
  const running = supervise(temporalProcess(server), {
    home: folder.path,
    env: process.env,
    say: () => undefined,
    onStart: () => undefined,
    onGiveUp: (problem) => (failure = problem),
  });
  const address = `127.0.0.1:${port}`;
  const connection = await connectWhenHealthy(address, () => failure);
  await prepareNamespace(connection, 'default');
  const client = await connectClient({ temporal: { address, namespace: 'default' } });
  const stop = async (): Promise<void> => {
    await Promise.all([connection.close(), client.connection.close()]);
    await running.stop();
  };
  return { connection, client, stop };
}

it('keeps jobs for 30 days, finds them by our attributes, and again after a restart', async () => {
  const first = await start();
  const { config } = await first.connection.workflowService.describeNamespace({ namespace: 'default' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3_600);
  await first.client.workflow.start('nothing', {
    taskQueue: 'nobody',
    workflowId: 'kept',
    typedSearchAttributes: [
      { key: defineSearchAttributeKey('JobState', SearchAttributeType.KEYWORD), value: 'running' },
      { key: defineSearchAttributeKey('CostUsd', SearchAttributeType.DOUBLE), value: 0.5 },
      { key: defineSearchAttributeKey('RowsTotal', SearchAttributeType.INT), value: 3 },
    ],
  });
  await first.stop();
  const second = await start();
  expect((await second.client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
  await second.stop();
});
