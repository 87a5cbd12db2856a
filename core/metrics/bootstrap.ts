/** Percentile bootstraps: how far a mean may lie from what other rows and other student seeds would have given. */
import type { Random } from '../random';

const CONFIDENCE = 0.95;

export interface BootstrapInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}
export interface PairedBootstrap extends BootstrapInterval {
  /** Two-sided: twice the smaller share of means on one side of zero, at most 1. */
  readonly p: number;
}

/**
 * The mean of `differences[seed][item]`. Items of a group are drawn together, and seeds are drawn too; where `replicates`
 * names the replicate of each seed's row, replicates are drawn first and seeds within them.
 */
export function pairedBootstrap(
  differences: readonly (readonly number[])[],
  groups: readonly string[],
  resamples: number,
  random: Random,
  replicates: readonly number[] = differences.map(() => 0),
): PairedBootstrap {
  assertShape(differences, groups, replicates);
  const { sums, sizes } = groupSums(differences, groups);
  const drawRows = rowsBy(replicates, random);
  const means = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    const rows = drawRows();
    let sum = 0;
    let items = 0;
    for (let drawn = 0; drawn < sizes.length; drawn += 1) {
      const group = random.integer(sizes.length);
      items += sizes[group]!;
      for (const row of rows) sum += sums[row]![group]!;
    }
    means[i] = sum / (items * rows.length);
  }
  const atMost = share(means, (value) => value <= 0);
  const atLeast = share(means, (value) => value >= 0);
  return {
    mean: meanOf(differences.flat()),
    ...percentiles(means),
    p: Math.min(1, 2 * Math.min(atMost, atLeast)),
  };
}

/** The mean of one value an item, groups drawn together; also the standard error. */
export function meanInterval(
  values: readonly number[],
  groups: readonly string[],
  resamples: number,
  random: Random,
): BootstrapInterval & { readonly standardError: number } {
  const { sums, sizes } = groupSums([values], groups);
  if (sizes.length === 0) throw new Error('expected at least 1 item to resample, got 0');
  const means = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    let sum = 0;
    let items = 0;
    for (let drawn = 0; drawn < sizes.length; drawn += 1) {
      const group = random.integer(sizes.length);
      sum += sums[0]![group]!;
      items += sizes[group]!;
    }
    means[i] = sum / items;
  }
  return { mean: meanOf(values), ...percentiles(means), standardError: spreadOf(means) };
}

/** Any score of a set of items, such as macro-F1, which is no mean. `score` gets the indices drawn, with repetition. */
export function scoreInterval(
  score: (items: readonly number[]) => number,
  groups: readonly string[],
  resamples: number,
  random: Random,
): BootstrapInterval & { readonly standardError: number } {
  const members = [...membersOf(groups).values()];
  if (members.length === 0) throw new Error('expected at least 1 item to resample, got 0');
  const scores = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    const items: number[] = [];
    for (let drawn = 0; drawn < members.length; drawn += 1)
      for (const item of members[random.integer(members.length)]!) items.push(item);
    scores[i] = score(items);
  }
  return {
    mean: score(groups.map((_, item) => item)),
    ...percentiles(scores),
    standardError: spreadOf(scores),
  };
}

/** The standard deviation of what the resamples gave. */
function spreadOf(scores: Float64Array): number {
  const center = meanOf(scores);
  const squares = scores.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, scores.length - 1));
}

/** Sums by row and group: a resample then costs one addition a group and row, however large groups are. */
function groupSums(differences: readonly (readonly number[])[], groups: readonly string[]) {
  const members = [...membersOf(groups).values()];
  const sums = differences.map((row) =>
    Float64Array.from(members, (items) => items.reduce((sum, item) => sum + row[item]!, 0)),
  );
  return { sums, sizes: members.map((items) => items.length) };
}

function membersOf(groups: readonly string[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  groups.forEach((group, item) => {
    const items = members.get(group);
    if (items === undefined) members.set(group, [item]);
    else items.push(item);
  });
  return members;
}

/** Draws rows of seeds: as many replicates as there are, and of each as many seeds as it has. */
function rowsBy(replicates: readonly number[], random: Random): () => number[] {
  const rows = [...membersOf(replicates.map(String)).values()];
  return () =>
    rows.flatMap(() => {
      const replicate = rows[random.integer(rows.length)]!;
      return replicate.map(() => replicate[random.integer(replicate.length)]!);
    });
}

function percentiles(values: Float64Array): { low: number; high: number } {
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - CONFIDENCE) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Between two order statistics, linearly. */
function quantile(sorted: Float64Array, at: number): number {
  const place = at * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
}

function share(values: Float64Array, holds: (value: number) => boolean): number {
  return values.reduce((count, value) => count + (holds(value) ? 1 : 0), 0) / values.length;
}

function meanOf(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function assertShape(
  differences: readonly (readonly number[])[],
  groups: readonly string[],
  replicates: readonly number[],
): void {
  if (differences.length === 0 || groups.length === 0)
    throw new Error(
      `expected at least 1 seed and 1 item, got ${differences.length} seeds, ${groups.length} items`,
    );
  if (replicates.length !== differences.length)
    throw new Error(
      `expected a replicate for each of ${differences.length} seeds, got ${replicates.length} replicates`,
    );
  for (const row of differences)
    if (row.length !== groups.length)
      throw new Error(`expected a difference for each of ${groups.length} items, got ${row.length}`);
}
