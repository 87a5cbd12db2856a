/** Two jobs' records side by side, by row key: the first job's as hashes in memory, the second's as a stream. */
import { hashJson } from '../../core/hash';
import { Problem } from '../../core/problem';
import type { JobView } from '../job-view';
import type { Client } from './client';
import { listRows } from './list-rows';

/** Of the first job's records; each takes about 150 bytes. */
export const COMPARED_RECORDS_MAX = 5_000_000;
export const EXAMPLES_MAX = 5;
/** Enough that no two of that many records are taken for equal. */
const HASH_DIGITS = 24;

/** A record that only one job has, or both with different values. */
export interface Example {
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
export interface Comparison {
  readonly same: number;
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  readonly examples: {
    readonly changed: readonly Example[];
    readonly added: readonly Example[];
    readonly removed: readonly Example[];
  };
}

/** @throws Problem `too-large` */
export async function compareJobs(
  client: Pick<Client, 'rows'>,
  before: JobView,
  after: JobView,
  recordsMax = COMPARED_RECORDS_MAX,
): Promise<Comparison> {
  const hashes = new Map<string, string>();
  for await (const { id, record } of recordsOf(client, before)) {
    if (hashes.size === recordsMax) {
      throw new Problem(
        'too-large',
        `${before.id}: expected at most ${recordsMax} records to compare, got more. Export both datasets and compare the sorted files.`,
      );
    }
    hashes.set(id, hashJson(record).slice(0, HASH_DIGITS));
  }
  const counts = { same: 0, changed: 0, added: 0 };
  const found = { changed: [] as string[], added: [] as string[] };
  for await (const { id, record } of recordsOf(client, after)) {
    const hash = hashes.get(id);
    hashes.delete(id);
    const kind =
      hash === undefined ? 'added' : hash === hashJson(record).slice(0, HASH_DIGITS) ? 'same' : 'changed';
    counts[kind] += 1;
    if (kind !== 'same' && found[kind].length < EXAMPLES_MAX) found[kind].push(id);
  }
  const removed = [...first(hashes.keys(), EXAMPLES_MAX)];
  const show = (ids: readonly string[]) =>
    Promise.all(ids.map((id) => showRecord(client, before, after, id)));
  return {
    ...counts,
    removed: hashes.size,
    examples: {
      changed: await show(found.changed),
      added: await show(found.added),
      removed: await show(removed),
    },
  };
}

/** Records of the stages that make the dataset. A row's key is its own only within its stage. */
async function* recordsOf(
  client: Pick<Client, 'rows'>,
  job: JobView,
): AsyncIterable<{ id: string; record: unknown }> {
  for (const { stage, dataset } of job.stages) {
    if (!dataset) continue;
    for await (const { key, record } of listRows(client, job.id, { stage, outcome: 'accepted' }))
      yield { id: idOf(stage, key), record: record ?? null };
  }
}

const idOf = (stage: string, key: string): string => `${stage}\n${key}`;

async function showRecord(
  client: Pick<Client, 'rows'>,
  before: JobView,
  after: JobView,
  id: string,
): Promise<Example> {
  const end = id.indexOf('\n');
  const [stage, key] = [id.slice(0, end), id.slice(end + 1)];
  const query = { stage, key, outcome: 'accepted', limit: '1' };
  const [old, now] = await Promise.all([client.rows(before.id, query), client.rows(after.id, query)]);
  const [a, b] = [old.rows[0], now.rows[0]];
  return { key, ...(a ? { before: a.record ?? null } : {}), ...(b ? { after: b.record ?? null } : {}) };
}

function* first<T>(values: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const value of values) {
    if (left === 0) return;
    left -= 1;
    yield value;
  }
}
