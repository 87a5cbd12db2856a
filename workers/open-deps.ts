import { randomUUID } from 'node:crypto';
import type { ActivityDeps } from '../activities';
import { STRATEGIES, strategyNamed } from '../core/strategies/registry';
import { PlanReader } from '../infra/artifacts/plan';
import { openArtifacts } from '../infra/artifacts/store';
import { type Config, keyEnvironment } from '../infra/config';
import { type Ledger, ledgerOn } from '../infra/database/ledger';
import { openDatabase } from '../infra/database/open-database';
import { openModels } from '../infra/models/registry';
import { openStudents } from '../infra/training/student-directory';

/**
 * What a worker process works with, from its configuration.
 * @param ledger where it is written on a thread of its own
 */
export async function openDeps(config: Config, ledger?: Ledger): Promise<ActivityDeps> {
  const artifacts = openArtifacts(config.artifactsUrl);
  const db = await openDatabase(config.databaseUrl);
  const worker = randomUUID();
  const limits = ledger ?? ledgerOn(db);
  return {
    db,
    ledger: limits,
    worker,
    artifacts,
    plans: new PlanReader(artifacts),
    models: openModels(config, keyEnvironment(), { strategies: STRATEGIES, limits, worker }),
    students: openStudents(config),
    strategyNamed,
  };
}
