/** Errors of one label that are alike: k-means++ on their vectors. */
import { randomFor } from '../../random';
import type { Random } from '../../random';
import { groupBy } from './group-by';

const PASSES_MAX = 25;

interface Clustered {
  readonly ordinal: number;
  readonly label?: string;
}

/** The cluster of each row, found among rows of its label; numbers go on from one label to the next. */
export function clusterByLabel(
  rows: readonly Clustered[],
  vectorOf: (ordinal: number) => readonly number[],
  clustersMax: number,
  seed: number,
  round: number,
): number[] {
  const clusters: number[] = [];
  let first = 0;
  for (const [label, members] of groupBy(rows.keys(), (row) => rows[row]!.label)) {
    const found = clusterVectors(
      members.map((row) => vectorOf(rows[row]!.ordinal)),
      clusterCount(members.length, clustersMax),
      randomFor(seed, 'clusters', round, label ?? ''),
    );
    members.forEach((row, i) => (clusters[row] = first + found[i]!));
    first += new Set(found).size;
  }
  return clusters;
}

/** Clusters of `errors` errors of one label. */
export function clusterCount(errors: number, clustersMax: number): number {
  return Math.max(1, Math.min(clustersMax, Math.floor(Math.sqrt(errors / 2))));
}

/** The cluster of each vector, numbered from 0 in the order in which they first occur; none is empty. */
export function clusterVectors(vectors: readonly (readonly number[])[], k: number, random: Random): number[] {
  if (vectors.length === 0) return [];
  let centers = firstCenters(vectors, k, random);
  let assigned = vectors.map((vector) => nearest(vector, centers));
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    centers = meansOf(vectors, assigned, centers);
    const next = vectors.map((vector) => nearest(vector, centers));
    const moved = next.some((index, i) => index !== assigned[i]);
    assigned = next;
    if (!moved) break;
  }
  const numbers = new Map<number, number>();
  for (const index of assigned) if (!numbers.has(index)) numbers.set(index, numbers.size);
  return assigned.map((index) => numbers.get(index)!);
}

/** k-means++: each further center is drawn in proportion to its squared distance from those before it. */
function firstCenters(vectors: readonly (readonly number[])[], k: number, random: Random): number[][] {
  const centers = [[...vectors[random.integer(vectors.length)]!]];
  const distances = vectors.map((vector) => squaredDistance(vector, centers[0]!));
  while (centers.length < k) {
    const sum = distances.reduce((total, distance) => total + distance, 0);
    // Fewer different vectors than clusters.
    if (sum === 0) break;
    let rest = (random.next() / 2 ** 32) * sum;
    let chosen = distances.findIndex((distance) => (rest -= distance) < 0);
    if (chosen < 0) chosen = distances.findLastIndex((distance) => distance > 0);
    const center = [...vectors[chosen]!];
    centers.push(center);
    vectors.forEach((vector, i) => {
      distances[i] = Math.min(distances[i]!, squaredDistance(vector, center));
    });
  }
  return centers;
}

/** Means of the members; a center that lost all of its own stays where it is. */
function meansOf(
  vectors: readonly (readonly number[])[],
  assigned: readonly number[],
  centers: readonly number[][],
): number[][] {
  const counts = centers.map(() => 0);
  const sums = centers.map((center) => center.map(() => 0));
  vectors.forEach((vector, i) => {
    const cluster = assigned[i]!;
    const sum = sums[cluster]!;
    counts[cluster]! += 1;
    for (let d = 0; d < vector.length; d += 1) sum[d]! += vector[d]!;
  });
  return sums.map((sum, cluster) =>
    counts[cluster] === 0 ? centers[cluster]! : sum.map((value) => value / counts[cluster]!),
  );
}

function nearest(vector: readonly number[], centers: readonly number[][]): number {
  let index = 0;
  let least = Infinity;
  for (let center = 0; center < centers.length; center += 1) {
    const distance = squaredDistance(vector, centers[center]!);
    if (distance >= least) continue;
    least = distance;
    index = center;
  }
  return index;
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let d = 0; d < a.length; d += 1) sum += (a[d]! - b[d]!) ** 2;
  return sum;
}
