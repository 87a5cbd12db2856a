import type { Json } from '../core/json';
import type { StageWriter } from '../core/strategy';
import { CollectionWriter } from '../infra/artifacts/collection';
import type { ActivityDeps } from './deps';
import type { JobContext } from './job-context';
import { recordCollection } from './reader';

/** What a stage writes. It is remembered under the stage's name at the end, or not at all. */
export class StageCollections implements StageWriter {
  readonly #writers = new Map<string, CollectionWriter>();

  constructor(
    private readonly deps: Pick<ActivityDeps, 'db' | 'artifacts'>,
    private readonly job: Pick<JobContext, 'tenant' | 'id'>,
    private readonly stage: string,
  ) {}

  readonly write = async (name: string, item: Json): Promise<void> => {
    const writer = this.#writers.get(name) ?? new CollectionWriter(this.deps.artifacts);
    this.#writers.set(name, writer);
    await writer.append(item);
  };

  async record(): Promise<void> {
    for (const [name, writer] of this.#writers)
      await recordCollection(this.deps, this.job, `${this.stage}/${name}`, writer);
    this.#writers.clear();
  }

  /** Leaves nothing of what was not recorded. */
  async abandon(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.abandon();
    this.#writers.clear();
  }
}
