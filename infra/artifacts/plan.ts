/** Plans: the immutable list of a stage's rows, as a manifest and chunks of 1,000 rows. */
import type { Row } from '../../core/strategy';
import { CHUNK_ROWS } from '../../core/story/limits';
import { readLines } from './collection';
import type { ArtifactStore } from './store';

/** A row as its plan keeps it. */
export interface StoredRow extends Row {
  /** How many earlier rows of the lineage have the same first request. */
  readonly draw: number;
  /** First 16 hex digits of the first request's hash, where there is one: later tranches count by it. */
  readonly first?: string;
}

interface Manifest {
  readonly rows: number;
  readonly chunks: readonly string[];
}

/** Chunks kept parsed: neighbouring batches read the same one. */
const CACHED_CHUNKS_MAX = 32;

/** Writes rows as they come. @returns the manifest's SHA-256 and the number of rows */
export async function writePlan(
  store: ArtifactStore,
  rows: AsyncIterable<StoredRow>,
): Promise<{ manifest: string; planned: number }> {
  const chunks: string[] = [];
  let planned = 0;
  let lines: string[] = [];
  const flush = async () => {
    if (lines.length > 0) chunks.push((await store.write(lines)).sha256);
    lines = [];
  };
  for await (const row of rows) {
    lines.push(`${JSON.stringify(row)}\n`);
    planned += 1;
    if (lines.length === CHUNK_ROWS) await flush();
  }
  await flush();
  const manifest: Manifest = { rows: planned, chunks };
  return { manifest: (await store.write([JSON.stringify(manifest)])).sha256, planned };
}

/** Reads plans; immutable, so whatever was read stays true. */
export class PlanReader {
  readonly #manifests = new Map<string, Promise<Manifest>>();
  readonly #chunks = new Map<string, Promise<StoredRow[]>>();

  constructor(private readonly store: ArtifactStore) {}

  /** Rows [from, to) of a plan; the range lies within one chunk. */
  async range(manifest: string, from: number, to: number): Promise<StoredRow[]> {
    const { chunks } = await this.#manifest(manifest);
    const chunk = chunks[Math.floor(from / CHUNK_ROWS)];
    if (chunk === undefined) throw new RangeError(`row ${from} is not in the plan ${manifest}`);
    const start = from % CHUNK_ROWS;
    return (await this.#chunk(chunk)).slice(start, start + to - from);
  }

  async *all(manifest: string): AsyncIterable<StoredRow> {
    for (const chunk of (await this.#manifest(manifest)).chunks)
      yield* readLines<StoredRow>(this.store, chunk);
  }

  #manifest(sha256: string): Promise<Manifest> {
    return cached(this.#manifests, sha256, async () => {
      for await (const manifest of readLines<Manifest>(this.store, sha256)) return manifest;
      throw new RangeError(`the plan ${sha256} is empty`);
    });
  }

  #chunk(sha256: string): Promise<StoredRow[]> {
    return cached(this.#chunks, sha256, async () => {
      const rows: StoredRow[] = [];
      for await (const row of readLines<StoredRow>(this.store, sha256)) rows.push(row);
      return rows;
    });
  }
}

function cached<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const made = make();
  made.catch(() => cache.delete(key));
  cache.set(key, made);
  if (cache.size > CACHED_CHUNKS_MAX) cache.delete(cache.keys().next().value!);
  return made;
}
