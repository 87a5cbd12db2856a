import type { ActivityDeps } from '../activities';
import { STRATEGIES, strategyNamed } from '../core/strategies/registry';
import { PlanReader } from '../infra/artifacts/plan';
import { openArtifacts } from '../infra/artifacts/store';
import { type Config, keyEnvironment } from '../infra/config';
import { openDatabase } from '../infra/database/open-database';
import { openModels } from '../infra/models/registry';

/** What a worker process works with, from its configuration. */
export async function openDeps(config: Config): Promise<ActivityDeps> {
  const artifacts = openArtifacts(config.artifactsUrl);
  return {
    db: await openDatabase(config.databaseUrl),
    artifacts,
    plans: new PlanReader(artifacts),
    models: openModels(config, keyEnvironment(), { strategies: STRATEGIES }),
    strategyNamed,
  };
}
