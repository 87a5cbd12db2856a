import type { ArtifactStore } from '../infra/artifacts/store';
import type { PlanReader } from '../infra/artifacts/plan';
import type { Ledger } from '../infra/database/ledger';
import type { Database } from '../infra/database/open-database';
import type { Models } from '../infra/models/registry';
import type { StudentDirectory } from '../infra/training/student-directory';
import type { DeviceSlots } from '../infra/training/device-slots';
import type { Trainers } from '../infra/training/trainers';
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
  readonly students: StudentDirectory;
  strategyNamed(name: string): Strategy | undefined;
}

/** Of the processes that train. */
export interface TrainerDeps extends ActivityDeps {
  readonly trainers: Trainers;
  readonly slots: DeviceSlots;
  /** Where trainings keep their checkpoints, one folder each. */
  readonly checkpoints: string;
}
