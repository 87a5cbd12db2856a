/** How many seed rows each label still lacks, and how many are to be asked for. */
import type { Reader } from '../../../strategy';
import type { Place } from '../place';
import { stageAt } from '../place';
import type { SiftedRow, WriteData } from '../records';
import { labelCounts } from './label-sequence';
import type { SeedMaterial } from './seed-material';
import { NO_LABEL } from './seed-material';

/** A label that the model cannot write is not asked for without end: at most this many rows for one that is missing. */
const YIELD_MIN = 0.25;
/** A label with a smaller share of its rows is a shortfall. */
export const LABEL_SHARE_MIN = 0.5;

/** Rows of one arm's seed, label by label. */
interface SeedCounts {
  readonly planned: readonly number[];
  readonly accepted: readonly number[];
  /** Number of the next seed row. */
  readonly next: number;
}

export function seedRows({ params, labels }: Pick<SeedMaterial, 'params' | 'labels'>): number {
  return params.seedPerLabel * labels.length;
}

/** What `seed` planned and `sift-0` accepted so far. */
export async function countSeed(
  read: Reader,
  place: Pick<Place, 'replicate' | 'arm'>,
  labels: readonly string[],
): Promise<SeedCounts> {
  const index = new Map(labels.map((label, at) => [label, at]));
  const planned = labels.map(() => 0);
  const accepted = labels.map(() => 0);
  let next = 0;
  for await (const { row } of read.outcomes<WriteData, unknown>(stageAt(place, 'seed'))) {
    planned[index.get(row.data.label ?? NO_LABEL)!]! += 1;
    next += 1;
  }
  for await (const { record } of read.outcomes<unknown, SiftedRow>(stageAt(place, 'sift', 0))) {
    const at = record === undefined ? undefined : index.get(record.label ?? NO_LABEL);
    if (at !== undefined) accepted[at]! += 1;
  }
  return { planned, accepted, next };
}

/** Rows to ask for, label by label, so that about `target` rows are accepted in the end. */
export function waveOf(shares: readonly number[], target: number, counts: SeedCounts): number[] {
  return labelCounts(shares, target).map((wanted, label) => {
    const [planned, accepted] = [counts.planned[label]!, counts.accepted[label]!];
    const missing = wanted - accepted;
    if (missing <= 0) return 0;
    const share = planned === 0 ? 1 : Math.max(YIELD_MIN, accepted / planned);
    return Math.ceil(missing / share);
  });
}
