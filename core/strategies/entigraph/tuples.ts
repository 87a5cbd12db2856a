/** The order of one document's units: summaries, pairs, triples, then further samples of the same tuples. */
import { seedFor } from '../../random';
import { drawRanks, pairCount, tripleCount, unrankPair, unrankTriple } from '../../ranks';
import type { EntigraphParams } from './params';
import type { UnitKind } from './records';

/** Triples drawn per document. More than anyone generates, and what the draw holds in memory. */
const TRIPLES_DRAWN_MAX = 1_000_000;

/** [window, mentions in it], ascending by window. */
export type EntityWindows = readonly (readonly [number, number])[];

/** What the order of a document's units depends on. */
export interface UnitSource {
  readonly docHash: string;
  readonly windowCount: number;
  readonly entityCount: number;
  /** By entity; empty for a document of one window, where every tuple fits. */
  readonly entityWindows: readonly EntityWindows[];
  readonly summaryWindows: readonly number[];
}

export interface Unit {
  readonly kind: UnitKind;
  /** Indices into the document's entities. */
  readonly entities: readonly number[];
  readonly sample: number;
  readonly windows: readonly number[];
}

type UnitParams = Pick<
  EntigraphParams,
  'includeSummaries' | 'tupleSizes' | 'samplesPerTupleMax' | 'crossWindow'
>;

export function* unitsOf(source: UnitSource, params: UnitParams, seed: number): Generator<Unit> {
  if (params.includeSummaries) {
    for (const window of source.summaryWindows)
      yield { kind: 'summary', entities: [], sample: 0, windows: [window] };
  }
  for (let sample = 0; sample < params.samplesPerTupleMax; sample += 1) {
    for (const size of params.tupleSizes) yield* tuplesOf(source, size, sample, params.crossWindow, seed);
  }
}

/** Tuples that share a window first, then those that need two; tuples that two windows do not cover are skipped. */
function* tuplesOf(
  source: UnitSource,
  size: 2 | 3,
  sample: number,
  crossWindow: boolean,
  seed: number,
): Generator<Unit> {
  const kind = size === 2 ? 'pair' : 'triple';
  const single = source.windowCount === 1;
  for (const entities of drawTuples(source, size, seed)) {
    const window = single ? 0 : sharedWindow(entities.map((entity) => source.entityWindows[entity]!));
    if (window !== undefined) yield { kind, entities, sample, windows: [window] };
  }
  if (single || !crossWindow) return;
  for (const entities of drawTuples(source, size, seed)) {
    const windows = entities.map((entity) => source.entityWindows[entity]!);
    if (sharedWindow(windows) !== undefined) continue;
    const two = coveringWindows(windows);
    if (two !== undefined) yield { kind, entities, sample, windows: two };
  }
}

function* drawTuples(
  { docHash, entityCount }: UnitSource,
  size: 2 | 3,
  seed: number,
): Generator<readonly number[]> {
  const count = size === 2 ? pairCount(entityCount) : tripleCount(entityCount);
  let drawn = 0;
  for (const rank of drawRanks(count, seedFor(seed, size === 2 ? 'pairs' : 'triples', docHash))) {
    if (drawn >= TRIPLES_DRAWN_MAX) return;
    drawn += 1;
    yield size === 2 ? unrankPair(rank, entityCount) : unrankTriple(rank, entityCount);
  }
}

/** The window that mentions all entities, and mentions them most; the earliest of equals. */
export function sharedWindow(entities: readonly EntityWindows[]): number | undefined {
  const [first, ...others] = entities;
  let best: { window: number; mentions: number } | undefined;
  for (const [window, count] of first ?? []) {
    const counts = others.map((windows) => windows.find(([other]) => other === window)?.[1]);
    if (counts.some((other) => other === undefined)) continue;
    const mentions = counts.reduce<number>((sum, other) => sum + (other ?? 0), count);
    if (best === undefined || mentions > best.mentions) best = { window, mentions };
  }
  return best?.window;
}

/** The first two windows that mention all entities between them. */
export function coveringWindows(entities: readonly EntityWindows[]): readonly [number, number] | undefined {
  const all = [...new Set(entities.flatMap((windows) => windows.map(([window]) => window)))].sort(
    (a, b) => a - b,
  );
  for (const first of all) {
    const missing = entities.filter((windows) => !windows.some(([window]) => window === first));
    const [one, ...others] = missing;
    const second = one?.find(
      ([window]) => window > first && others.every((windows) => windows.some(([other]) => other === window)),
    );
    if (second !== undefined) return [first, second[0]];
  }
  return undefined;
}
