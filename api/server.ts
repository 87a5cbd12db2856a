/** The API's process: `node lib/api/server.js`. Starts and serves reads while Temporal is away. */
import type { AddressInfo } from 'node:net';
import { STRATEGIES } from '../core/strategies/registry';
import { Problem } from '../core/problem';
import { openArtifacts } from '../infra/artifacts/store';
import { type Config, loadConfig } from '../infra/config';
import { openDatabase } from '../infra/database/open-database';
import { openModels } from '../infra/models/registry';
import { exitWithParent } from '../infra/stack/exit-with-parent';
import { openStudents } from '../infra/training/student-directory';
import { connectClient } from '../infra/temporal/connection';
import { buildApp } from './app';
import { refuseOpenHost } from './guard';
import { openModelDirectory } from './model-directory';
import { createSweeper } from './sweeper';
import { createTemporalWorkflows } from './temporal-workflows';

const EXIT_BAD_CONFIG = 78;

async function serve(): Promise<void> {
  process.title = 'perennial api';
  exitWithParent();
  const config = loadConfig();
  refuseOpenHost(config.api.host);
  const db = await openDatabase(config.databaseUrl);
  const models = openModels(config, {}, { strategies: STRATEGIES }); // asked for facts only: no keys here;
  const workflows = createTemporalWorkflows(() => connectClient(config));
  const app = buildApp(
    {
      db,
      artifacts: openArtifacts(config.artifactsUrl),
      workflows,
      strategies: STRATEGIES,
      models: openModelDirectory(config, models),
      students: openStudents(config),
      host: config.api.host,
      temporalLink: (jobId) => temporalLink(config, jobId),
    },
    { level: 'warn', stream: process.stderr },
  );
  await app.listen({ host: config.api.host, port: config.api.port });
  const sweeper = createSweeper(
    { db, workflows },
    { onError: (err) => app.log.error({ err }, 'sweep failed') },
  );
  const { address, port } = app.server.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  process.stdout.write(`${JSON.stringify({ listening: `http://${host}:${port}` })}\n`);

  let draining: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    await app.close();
    await sweeper.stop();
    await workflows.close();
    await models.close();
    await db.destroy();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      draining ??= drain().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

/** Temporal's UI is known where the local stack runs it, or where its port is configured. */
function temporalLink({ temporal }: Config, jobId: string): string | undefined {
  if (temporal.uiPort === undefined) return undefined;
  return `http://127.0.0.1:${temporal.uiPort}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(jobId)}`;
}

function fail(error: unknown): never {
  const known = error instanceof Problem;
  process.stderr.write(
    known ? `${error.code}: ${error.message}\n` : `${String((error as Error).stack ?? error)}\n`,
  );
  process.exit(known ? EXIT_BAD_CONFIG : 1);
}

serve().catch(fail);
