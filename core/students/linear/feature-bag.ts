/** Counts the features of one text or span, and hands them over as 1 + ln(count), with an L2 norm of 1. */
import type { RowSource } from '../softmax';
import { FEATURES, featureOf } from './hashing';

/** Looked up once: they are called for every feature. */
const { floor, log } = Math;

/** Counts fill the bits of a packed code that features leave free. */
const COUNT_MAX = 2 ** 14 - 1;

export class FeatureBag {
  private readonly counts = new Uint16Array(FEATURES);
  private readonly seen: number[] = [];

  add(hash: number): void {
    const feature = featureOf(hash);
    const count = this.counts[feature]!;
    if (count === 0) this.seen.push(feature);
    if (count < COUNT_MAX) this.counts[feature] = count + 1;
  }

  get size(): number {
    return this.seen.length;
  }

  /** Empties the bag into one number a feature: its count and itself. */
  pack(): Uint32Array {
    const { seen, counts } = this;
    const codes = new Uint32Array(seen.length);
    for (let i = 0; i < codes.length; i += 1) codes[i] = counts[seen[i]!]! * FEATURES + seen[i]!;
    this.clear();
    return codes;
  }

  /** Empties the bag into both arrays from `at` on; returns the place after its features. */
  drain(indices: Int32Array, values: Float64Array, at: number): number {
    let end = at;
    for (const feature of this.seen) {
      indices[end] = feature;
      values[end++] = valueOf(this.counts[feature]!);
    }
    this.clear();
    normalise(values, at, end);
    return end;
  }

  private clear(): void {
    for (const feature of this.seen) this.counts[feature] = 0;
    this.seen.length = 0;
  }
}

function valueOf(count: number): number {
  return count === 1 ? 1 : 1 + log(count);
}

function normalise(values: Float64Array, from: number, to: number): void {
  let squares = 0;
  for (let i = from; i < to; i += 1) squares += values[i]! * values[i]!;
  const scale = 1 / Math.sqrt(squares);
  for (let i = from; i < to; i += 1) values[i]! *= scale;
}

function unpack(codes: Uint32Array, indices: Int32Array, values: Float64Array): number {
  for (let i = 0; i < codes.length; i += 1) {
    indices[i] = codes[i]! % FEATURES;
    values[i] = valueOf(floor(codes[i]! / FEATURES));
  }
  normalise(values, 0, codes.length);
  return codes.length;
}

/** Packed rows as a source; labels and weights where they are trained on. */
export function packedRows(
  rows: readonly Uint32Array[],
  labels: readonly number[] = [],
  weights: readonly number[] = [],
): RowSource {
  return {
    count: rows.length,
    lengthMax: rows.reduce((most, codes) => Math.max(most, codes.length), 0),
    label: (row) => labels[row]!,
    weight: (row) => weights[row]!,
    read: (row, indices, values) => unpack(rows[row]!, indices, values),
  };
}
