import { randomUUID } from 'node:crypto';
import type { ActivityDeps } from '../activities';
import { STRATEGIES, strategyNamed } from '../core/strategies/registry';
import { PlanReader } from '../infra/artifacts/plan';
import { openArtifacts } from '../infra/artifacts/store';
import { type Config, keyEnvironment } from '../infra/config';
import { changeLimits } from '../infra/database/limits';
import { openDatabase } from '../infra/database/open-database';
import type { LimitStore } from '../infra/models/rate-exchange';
import { openModels } from '../infra/models/registry';

/** What a worker process works with, from its configuration. */
export async function openDeps(config: Config): Promise<ActivityDeps> {
  const artifacts = openArtifacts(config.artifactsUrl);
  const db = await openDatabase(config.databaseUrl);
  const worker = randomUUID();
  const limits: LimitStore = (provider, change) => changeLimits(db, provider, change);
  return {
    db,
    worker,
    artifacts,
    plans: new PlanReader(artifacts),
    models: openModels(config, keyEnvironment(), { strategies: STRATEGIES, limits, worker }),
    strategyNamed,
  };
}
