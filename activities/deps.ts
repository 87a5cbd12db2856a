import type { ArtifactStore } from '../infra/artifacts/store';
import type { PlanReader } from '../infra/artifacts/plan';
import type { Ledger } from '../infra/database/ledger';
import type { Database } from '../infra/database/open-database';
import type { Models } from '../infra/models/registry';
import type { Strategy } from '../core/strategy';

/** What the activities of a process work with; made once by `workers/`. */
export interface ActivityDeps {
  readonly db: Database;
  readonly ledger: Ledger;
  /** This process among all workers. */
  readonly worker: string;
  readonly artifacts: ArtifactStore;
  readonly plans: PlanReader;
  readonly models: Models;
  strategyNamed(name: string): Strategy | undefined;
}
