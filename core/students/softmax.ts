/** Softmax regression on sparse rows, trained by Adagrad; equal rows, options and seed give equal bits. */
import { adagrad, descend, type Adagrad } from './adagrad';
import { bestEpoch, type EpochScore, type KeptEpoch } from './best-epoch';
import { randomFor, type Random } from '../random';

/** Looked up once: it is called for every class of every row. */
const { exp } = Math;

export const EPOCHS_DEFAULT = 8;
export const RATE_DEFAULT = 0.3;

export interface SparseRow {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/** A trained model. Features that no training row had own no slot, and say nothing. */
export interface Softmax {
  readonly classes: number;
  readonly features: number;
  /** By feature: its slot, or −1. Slots ascend with the feature. */
  readonly slots: Int32Array;
  /** Slot × classes + class; the bias stands after the last slot. */
  readonly weights: Float32Array;
  /** After how many epochs the weights were taken. */
  readonly epochs: number;
}

export interface SoftmaxOptions {
  readonly classes: number;
  readonly features: number;
  readonly seed: number;
  readonly epochs?: number;
  readonly rate?: number;
  /** Chooses the epoch whose weights are kept; absent: the last. */
  readonly validate?: (model: Softmax) => EpochScore;
}

/** Rows that are unpacked one at a time, so that a large set need not lie in memory as plain arrays. */
export interface RowSource {
  readonly count: number;
  /** Features of the longest row. */
  readonly lengthMax: number;
  label(row: number): number;
  weight(row: number): number;
  /** Writes a row's features to the front of both arrays; returns how many. */
  read(row: number, indices: Int32Array, values: Float64Array): number;
}

export function trainSoftmax(
  rows: readonly (SparseRow & { readonly label: number; readonly weight: number })[],
  options: SoftmaxOptions,
): Softmax {
  return trainSoftmaxFrom(
    {
      count: rows.length,
      lengthMax: rows.reduce((most, { indices }) => Math.max(most, indices.length), 0),
      label: (row) => rows[row]!.label,
      weight: (row) => rows[row]!.weight,
      read: (row, indices, values) => {
        indices.set(rows[row]!.indices);
        values.set(rows[row]!.values);
        return rows[row]!.indices.length;
      },
    },
    options,
  );
}

export function trainSoftmaxFrom(source: RowSource, options: SoftmaxOptions): Softmax {
  const { classes, features, seed, epochs = EPOCHS_DEFAULT, rate = RATE_DEFAULT, validate } = options;
  const { slots, count: slotCount } = slotsOf(source, features);
  const state = adagrad((slotCount + 1) * classes);
  const row = scratch(source.lengthMax, classes);
  const model = (kept: KeptEpoch): Softmax => ({ classes, features, slots, ...kept });
  const best = bestEpoch(state.weights, validate && ((weights) => validate(model({ weights, epochs: 0 }))));
  const order = Array.from({ length: source.count }, (_, position) => position);
  const random = randomFor(seed, 'softmax');
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    shuffle(order, random);
    for (const position of order) {
      row.length = source.read(position, row.indices, row.values);
      scoresOf(slots, state.weights, classes, row);
      toProbabilities(row.scores);
      learn(state, slots, row, source.label(position), source.weight(position), rate);
    }
    best.offer(epoch, state.weights);
  }
  return model(best.kept());
}

/** One probability a class. */
export function softmaxOf(model: Softmax, { indices, values }: SparseRow): number[] {
  const row = scratch(indices.length, model.classes);
  row.indices.set(indices);
  row.values.set(values);
  row.length = indices.length;
  return probabilitiesOf(model, row);
}

/** {@link softmaxOf} of rows in a source, in order. */
export function* softmaxesOf(model: Softmax, source: Pick<RowSource, 'count' | 'lengthMax' | 'read'>) {
  const row = scratch(source.lengthMax, model.classes);
  for (let position = 0; position < source.count; position += 1) {
    row.length = source.read(position, row.indices, row.values);
    yield probabilitiesOf(model, row);
  }
}

interface Scratch {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly scores: Float64Array;
  length: number;
}

function scratch(lengthMax: number, classes: number): Scratch {
  return {
    indices: new Int32Array(lengthMax),
    values: new Float64Array(lengthMax),
    scores: new Float64Array(classes),
    length: 0,
  };
}

function probabilitiesOf({ slots, weights, classes }: Softmax, row: Scratch): number[] {
  scoresOf(slots, weights, classes, row);
  toProbabilities(row.scores);
  return Array.from(row.scores);
}

function slotsOf(source: RowSource, features: number): { slots: Int32Array; count: number } {
  const slots = new Int32Array(features).fill(-1);
  const { indices, values } = scratch(source.lengthMax, 0);
  for (let row = 0; row < source.count; row += 1) {
    const length = source.read(row, indices, values);
    for (let i = 0; i < length; i += 1) slots[indices[i]!] = 0;
  }
  let count = 0;
  for (let feature = 0; feature < features; feature += 1) if (slots[feature] === 0) slots[feature] = count++;
  return { slots, count };
}

function scoresOf(slots: Int32Array, weights: Float32Array, classes: number, row: Scratch): void {
  const { indices, values, scores, length } = row;
  const bias = weights.length - classes;
  for (let c = 0; c < classes; c += 1) scores[c] = weights[bias + c]!;
  for (let i = 0; i < length; i += 1) {
    const slot = slots[indices[i]!]!;
    if (slot < 0) continue;
    const value = values[i]!;
    for (let c = 0, at = slot * classes; c < classes; c += 1, at += 1) scores[c]! += value * weights[at]!;
  }
}

function learn(
  state: Adagrad,
  slots: Int32Array,
  { indices, values, scores, length }: Scratch,
  label: number,
  weight: number,
  rate: number,
): void {
  const classes = scores.length;
  scores[label]! -= 1;
  const bias = state.weights.length - classes;
  for (let c = 0; c < classes; c += 1) descend(state, bias + c, scores[c]!, weight, rate);
  for (let i = 0; i < length; i += 1) {
    const value = values[i]!;
    for (let c = 0, at = slots[indices[i]!]! * classes; c < classes; c += 1, at += 1)
      descend(state, at, scores[c]! * value, weight, rate);
  }
}

/** Turns scores into probabilities in place. */
export function toProbabilities(scores: Float64Array): void {
  let most = -Infinity;
  for (const score of scores) if (score > most) most = score;
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) sum += scores[i] = exp(scores[i]! - most);
  for (let i = 0; i < scores.length; i += 1) scores[i]! /= sum;
}

/** Fisher-Yates, in place. */
export function shuffle(order: number[], random: Random): void {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
}
