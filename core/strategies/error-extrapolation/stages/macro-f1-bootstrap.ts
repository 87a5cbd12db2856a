/**
 * The paired bootstrap for macro-F1, which is no mean over rows: every resample counts labels anew. Groups, seeds and
 * replicates are drawn as for means.
 */
import { macroF1 } from '../../../metrics/label-metrics';
import type { PairedBootstrap } from '../../../metrics/bootstrap';
import type { Random } from '../../../random';
import type { GoldRow } from '../records';

/** Rows counted over all resamples; beyond it there are fewer resamples, never fewer than the minimum. */
const COUNTED_ROWS_MAX = 400_000_000;
const RESAMPLES_MIN = 1_000;
const TAIL = 0.025;

interface Pair {
  readonly left: readonly string[];
  readonly right: readonly string[];
}
interface Drawing {
  readonly groups: readonly string[];
  /** Of each pair. */
  readonly replicates: readonly number[];
  readonly resamples: number;
  readonly random: Random;
}

export function pairedMacroF1(
  rows: readonly GoldRow[],
  pairs: readonly Pair[],
  { groups, replicates, resamples: wanted, random }: Drawing,
): PairedBootstrap {
  const labels = new Map<string, number>();
  const codeOf = (label: string): number => {
    const known = labels.get(label) ?? labels.size;
    labels.set(label, known);
    return known;
  };
  const gold = Int32Array.from(rows, ({ label }) => codeOf(label ?? ''));
  const said = pairs.map(({ left, right }) => [
    Int32Array.from(left, codeOf),
    Int32Array.from(right, codeOf),
  ]);
  const members = [...byKey(groups).values()];
  const rowsOf = [...byKey(replicates.map(String)).values()];
  const tables = new Tables(labels.size);
  const resamples = Math.max(
    RESAMPLES_MIN,
    Math.min(wanted, Math.floor(COUNTED_ROWS_MAX / Math.max(1, 2 * rows.length * pairs.length))),
  );
  const means = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    const items = members.flatMap(() => members[random.integer(members.length)]!);
    const drawn = rowsOf.flatMap(() => {
      const replicate = rowsOf[random.integer(rowsOf.length)]!;
      return replicate.map(() => replicate[random.integer(replicate.length)]!);
    });
    let sum = 0;
    for (const pair of drawn) {
      const [left, right] = said[pair]!;
      sum += tables.macroF1(items, gold, left!) - tables.macroF1(items, gold, right!);
    }
    means[i] = sum / drawn.length;
  }
  const labelled = rows.map(({ label }) => label ?? '');
  const observed = pairs.reduce(
    (sum, { left, right }) => sum + macroF1(labelled, left) - macroF1(labelled, right),
    0,
  );
  return { mean: observed / pairs.length, ...summaryOf(means) };
}

/** Counts by label, used again for every resample. */
class Tables {
  readonly #both: Int32Array;
  readonly #either: Int32Array;

  constructor(private readonly labels: number) {
    this.#both = new Int32Array(labels);
    this.#either = new Int32Array(labels);
  }

  macroF1(items: readonly number[], gold: Int32Array, said: Int32Array): number {
    this.#both.fill(0);
    this.#either.fill(0);
    for (const item of items) {
      const [is, was] = [gold[item]!, said[item]!];
      this.#either[is]! += 1;
      this.#either[was]! += 1;
      if (is === was) this.#both[is]! += 1;
    }
    let [sum, present] = [0, 0];
    for (let label = 0; label < this.labels; label += 1) {
      if (this.#either[label] === 0) continue;
      present += 1;
      sum += (2 * this.#both[label]!) / this.#either[label]!;
    }
    return present === 0 ? 0 : sum / present;
  }
}

function byKey(keys: readonly string[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const known = members.get(key);
    if (known === undefined) members.set(key, [index]);
    else known.push(index);
  });
  return members;
}

function summaryOf(means: Float64Array): { low: number; high: number; p: number } {
  const sorted = Float64Array.from(means).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const shareOf = (holds: (value: number) => boolean): number => means.filter(holds).length / means.length;
  const p = Math.min(
    1,
    2 *
      Math.min(
        shareOf((value) => value <= 0),
        shareOf((value) => value >= 0),
      ),
  );
  return { low: at(TAIL), high: at(1 - TAIL), p };
}
