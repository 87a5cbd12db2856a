/** The comparisons that `prepare` fixed, on the test rows: rows of a group, seeds and replicates are drawn again. */
import { pairedBootstrap } from '../../../metrics/bootstrap';
import type { PairedBootstrap } from '../../../metrics/bootstrap';
import { holm } from '../../../metrics/holm';
import { randomFor } from '../../../random';
import type { Reader } from '../../../strategy';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow } from '../records';
import { CLAIM_THRESHOLDS } from './comparisons';
import type { Comparison } from './comparisons';
import { GOLD_ONLY } from './final-students';
import { pairedMacroF1 } from './macro-f1-bootstrap';
import { valueOf } from './predicted';
import type { Metric } from './predicted';
import type { TestedStudent } from './score-students';

export interface Compared {
  readonly id: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Adjusted for the number of comparisons. */
  readonly pHolm: number;
  readonly seeds: number;
  readonly replicates: number;
  /** Synthetic rows of both sides, of the first replicate. */
  readonly rows: readonly [number, number];
  /** Both learned from as many rows, as far as both have any. */
  readonly matched: boolean;
}

interface Pair {
  readonly replicate: number;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

interface Tested {
  readonly metric: Metric;
  readonly rows: readonly GoldRow[];
  readonly tested: readonly TestedStudent[];
}

export async function compareArms(
  { read, params, seed }: { read: Reader; params: ErrorExtrapolationParams; seed: number },
  given: Tested,
): Promise<Compared[]> {
  const facts = (await read.stage('prepare'))?.facts ?? {};
  const comparisons = (facts['comparisons'] ?? []) as readonly Comparison[];
  const compared = comparisons.flatMap((comparison) => {
    const sides = sidesOf(comparison, given.tested, params.replicates);
    if (sides.length === 0) return []; // an arm ended incomplete
    const pairs = sides.flatMap(({ replicate, left, right }) =>
      left.said.slice(0, right.said.length).map((said, index): Pair => {
        return { replicate, left: said, right: right.said[index]! };
      }),
    );
    const result = bootstrap(given, pairs, seed, comparison.id);
    const [{ left, right }] = sides as [(typeof sides)[number]];
    const seeds = Math.min(...sides.map((side) => Math.min(side.left.said.length, side.right.said.length)));
    return [{ comparison, result, pairs, seeds, replicates: sides.length, left, right }];
  });
  const adjusted = holm(compared.map(({ result }) => result.p));
  return compared.map(({ comparison, result, seeds, replicates, left, right }, index) => {
    const rows = [left.student.rows, right.student.rows] as const;
    return {
      id: comparison.id,
      ...rounded(result),
      pHolm: round(adjusted[index]!),
      seeds,
      replicates,
      rows,
      matched: comparison.right.arm === GOLD_ONLY || areMatched(rows),
    };
  });
}

/** The two students of each replicate. */
function sidesOf({ left, right, round }: Comparison, tested: readonly TestedStudent[], replicates: number) {
  const find = (side: Comparison['left'], replicate: number): TestedStudent | undefined => {
    // Gold does not change with what is generated.
    const of = side.arm === GOLD_ONLY ? 1 : replicate;
    const candidates = tested.filter(
      ({ student: { at, composition } }) =>
        at.arm === side.arm && at.replicate === of && composition === side.composition,
    );
    return candidates.find(({ student }) => student.as === round) ?? candidates[0];
  };
  return Array.from({ length: replicates }, (_, index) => index + 1).flatMap((replicate) => {
    const [a, b] = [find(left, replicate), find(right, replicate)];
    return a === undefined || b === undefined ? [] : [{ replicate, left: a, right: b }];
  });
}

function bootstrap(
  { metric, rows }: Tested,
  pairs: readonly Pair[],
  seed: number,
  id: string,
): PairedBootstrap {
  const random = randomFor(seed, 'comparison', id);
  const groups = rows.map(({ group }) => group);
  // Fewer replicates than claims need say nothing about the luck of generation.
  const resampled = new Set(pairs.map(({ replicate }) => replicate)).size >= CLAIM_THRESHOLDS.replicatesMin;
  const replicates = pairs.map(({ replicate }) => (resampled ? replicate : 0));
  const { resamples } = CLAIM_THRESHOLDS;
  if (metric === 'macro-f1') return pairedMacroF1(rows, pairs, { groups, replicates, resamples, random });
  const differences = pairs.map(({ left, right }) =>
    rows.map((row, index) => valueOf(metric, row, left[index]!) - valueOf(metric, row, right[index]!)),
  );
  return pairedBootstrap(differences, groups, resamples, random, replicates);
}

export function areMatched([left, right]: readonly [number, number]): boolean {
  return Math.abs(left - right) <= CLAIM_THRESHOLDS.sizeGapMax * Math.max(left, right);
}

function rounded({ mean, low, high, p }: PairedBootstrap): PairedBootstrap {
  return { mean: round(mean), low: round(low), high: round(high), p: round(p) };
}

/** Facts are small: five digits are more than a test split can tell. */
function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
