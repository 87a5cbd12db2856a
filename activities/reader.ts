import type { Json } from '../core/json';
import type { EarlierRow, InputItem, JobsLike, Reader } from '../core/strategy';
import { CollectionReader, CollectionWriter, readLines } from '../infra/artifacts/collection';
import { type ArtifactRow, findArtifact, readFile, recordArtifact } from '../infra/database/files';
import { callKeysOf, recordOf, streamOutcomes } from '../infra/database/rows';
import { countOtherJobs, countsOf, listStages } from '../infra/database/stages';
import { readItems } from '../infra/inputs/read-input';
import { addCounts, NO_ROWS } from '../core/story/vocabulary';
import type { ActivityDeps } from './deps';
import type { JobContext } from './job-context';

/** Everything a job's stages may read, as streams and by ordinal. */
export class JobReader implements Reader {
  readonly #collections = new Map<string, Promise<CollectionReader>>();

  constructor(
    private readonly deps: Pick<ActivityDeps, 'db' | 'artifacts' | 'plans'>,
    private readonly job: Pick<JobContext, 'tenant' | 'id' | 'frozen'>,
  ) {}

  async *input(role: string): AsyncIterable<InputItem> {
    for (const id of this.job.frozen.inputs[role] ?? []) {
      const file = await readFile(this.deps.db, this.job.tenant, id);
      yield* readItems(file.name, {
        bytes: file.bytes,
        read: (range) => this.deps.artifacts.read(file.sha256, range),
      });
    }
  }

  async *collection<T>(name: string): AsyncIterable<T> {
    const found = await this.artifact(name);
    if (found) yield* readLines<T>(this.deps.artifacts, found.sha256);
  }

  /** @returns undefined for a collection that its stage never wrote to: it is empty. @throws RangeError before that */
  async artifact(name: string): Promise<ArtifactRow | undefined> {
    const { tenant, id } = this.job;
    const known = await findArtifact(this.deps.db, tenant, id, name);
    if (known) return known;
    if (name.startsWith('inputs/')) return this.#collectInput(name);
    const stages = await listStages(this.deps.db, tenant, id);
    if (stages.some(({ stage, state }) => state === 'finished' && name.startsWith(`${stage}/`)))
      return undefined;
    throw new RangeError(`job ${id} has no collection "${name}" yet`);
  }

  async items<T>(name: string, ordinals: readonly number[]): Promise<T[]> {
    const known = this.#collections.get(name) ?? this.#open(name);
    this.#collections.set(name, known);
    known.catch(() => this.#collections.delete(name)); // a fault of the moment is not remembered
    return (await known).items<T>(ordinals);
  }

  async *outcomes<Data, Rec>(stage: string, plan?: number): AsyncIterable<EarlierRow<Data, Rec>> {
    const { tenant, id } = this.job;
    const stages = (await listStages(this.deps.db, tenant, id)).filter((row) => row.stage === stage);
    for (const { plan: tranche, manifest } of stages.sort((a, b) => a.plan - b.plan)) {
      if (manifest === null || (plan !== undefined && plan !== tranche)) continue;
      const planned = this.deps.plans.all(manifest)[Symbol.asyncIterator]();
      for await (const outcome of streamOutcomes(this.deps.db, tenant, id, { stage, plan: tranche })) {
        let row = await planned.next();
        while (!row.done && row.value.position < outcome.position) row = await planned.next();
        if (row.done)
          throw new RangeError(`stage ${stage} has an outcome without a row at ${outcome.position}`);
        const { draw: _draw, first: _first, ...plain } = row.value;
        yield {
          row: plain as EarlierRow<Data, Rec>['row'],
          plan: tranche,
          state: outcome.state,
          callKeys: callKeysOf(outcome),
          ...(outcome.reason === null ? {} : { reason: outcome.reason }),
          ...(outcome.record === null ? {} : { record: recordOf(outcome) as Rec }),
        };
      }
    }
  }

  async stage(name: string) {
    const rows = (await listStages(this.deps.db, this.job.tenant, this.job.id)).filter(
      (row) => row.stage === name,
    );
    if (rows.length === 0) return undefined;
    const facts = Object.assign(
      {},
      ...rows.map((row) => JSON.parse(row.facts) as Record<string, unknown>),
    ) as Record<string, unknown>;
    return { counts: rows.map(countsOf).reduce(addCounts, NO_ROWS), facts };
  }

  otherJobs(like: JobsLike): Promise<number> {
    const { tenant, id } = this.job;
    return countOtherJobs(this.deps.db, { tenant, job: id }, like);
  }

  async #open(name: string): Promise<CollectionReader> {
    const found = await this.artifact(name);
    if (!found) throw new RangeError(`the collection ${name} is empty`);
    if (found.index_sha256 === null) throw new TypeError(`the artifact ${name} is not a collection`);
    return new CollectionReader(this.deps.artifacts, {
      sha256: found.sha256,
      indexSha256: found.index_sha256,
    });
  }

  /** Inputs become collections the first time a plan points into them. */
  async #collectInput(name: string): Promise<ArtifactRow> {
    const writer = new CollectionWriter(this.deps.artifacts);
    for await (const item of this.input(name.slice('inputs/'.length)))
      await writer.append(item as unknown as Json);
    return recordCollection(this.deps, this.job, name, writer);
  }
}

/** Finishes a collection and remembers it under its name. */
export async function recordCollection(
  { db }: Pick<ActivityDeps, 'db'>,
  job: Pick<JobContext, 'tenant' | 'id'>,
  name: string,
  writer: CollectionWriter,
): Promise<ArtifactRow> {
  const { data, index, items } = await writer.finish();
  const row = {
    tenant: job.tenant,
    job: job.id,
    name,
    sha256: data.sha256,
    index_sha256: index.sha256,
    bytes: data.bytes,
    items,
    at: Date.now(),
  };
  await recordArtifact(db, row);
  return row;
}
