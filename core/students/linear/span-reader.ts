/** Reads answers from contexts: a softmax over the candidate spans, whose features share one set of weights. */
import { adagrad, descend, type Adagrad } from '../adagrad';
import { bestEpoch, type EpochScore, type KeptEpoch } from '../best-epoch';
import { shuffle, toProbabilities } from '../softmax';
import { randomFor, type Random } from '../../random';
import { FeatureBag } from './feature-bag';
import { FEATURES } from './hashing';
import type { Passage } from './passage';
import { addSpanFeatures, type Question } from './span-features';

/** Wrong spans that a right one is compared with. */
const NEGATIVES = 30;
/** Place for the features of one span, to begin with; it grows. */
const SPAN_FEATURES = 256;

/** Its weights stand by feature. */
export type SpanModel = KeptEpoch;

export interface ReaderRow {
  readonly passage: Passage;
  readonly question: Question;
}
export interface ReaderExample extends ReaderRow {
  /** The right candidate. All others are wrong, also those that answer other questions. */
  readonly right: number;
  readonly weight: number;
}

export interface ReaderOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly rate: number;
  readonly validate?: (weights: Float32Array) => EpochScore;
}

export function trainReader(
  examples: readonly ReaderExample[],
  { seed, epochs, rate, validate }: ReaderOptions,
): SpanModel {
  const state = adagrad(FEATURES);
  const best = bestEpoch(state.weights, validate);
  const negatives = randomFor(seed, 'negatives');
  const compared = examples.map((example) => [example.right, ...drawNegatives(example, negatives)]);
  const order = examples.map((_, position) => position);
  const random = randomFor(seed, 'reader');
  const spans = new SpanScores();
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    shuffle(order, random);
    for (const position of order) {
      const example = examples[position]!;
      spans.read(example, compared[position]!, state.weights);
      spans.learn(state, example.weight, rate);
    }
    best.offer(epoch, state.weights);
  }
  return best.kept();
}

/** One probability a candidate of the row's passage, in the order of the text. */
export function readSpans(weights: Float32Array, row: ReaderRow, spans = new SpanScores()): Float64Array {
  const { length } = row.passage.first;
  return spans.read(
    row,
    Array.from({ length }, (_, candidate) => candidate),
    weights,
  );
}

function drawNegatives({ passage, right }: ReaderExample, random: Random): number[] {
  const rest = Array.from({ length: passage.first.length }, (_, candidate) => candidate);
  rest.splice(right, 1);
  const count = Math.min(NEGATIVES, rest.length);
  for (let i = 0; i < count; i += 1) {
    const j = i + random.integer(rest.length - i);
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return rest.slice(0, count);
}

/** The features of one row's spans, one span after the other, and what the weights make of them. */
export class SpanScores {
  private readonly bag = new FeatureBag();
  private indices = new Int32Array(SPAN_FEATURES);
  private values = new Float64Array(SPAN_FEATURES);
  /** By span: the place after its features. */
  private readonly ends: number[] = [];
  private probabilities = new Float64Array(0);
  /** By feature: its gradient; zeros between the steps. */
  private readonly sums = new Float64Array(FEATURES);

  read({ passage, question }: ReaderRow, candidates: readonly number[], weights: Float32Array): Float64Array {
    this.probabilities = new Float64Array(candidates.length);
    this.ends.length = 0;
    let at = 0;
    for (const [i, candidate] of candidates.entries()) {
      addSpanFeatures(this.bag, passage, question, candidate);
      this.makeRoom(at + this.bag.size);
      const end = this.bag.drain(this.indices, this.values, at);
      let score = 0;
      for (; at < end; at += 1) score += this.values[at]! * weights[this.indices[at]!]!;
      this.probabilities[i] = score;
      this.ends.push(end);
    }
    toProbabilities(this.probabilities);
    return this.probabilities;
  }

  /** One step on the spans that were read last, the first of which was the right one. */
  learn(state: Adagrad, weight: number, rate: number): void {
    const { indices, values, sums } = this;
    let at = 0;
    for (const [span, end] of this.ends.entries()) {
      const error = this.probabilities[span]! - (span === 0 ? 1 : 0);
      for (; at < end; at += 1) sums[indices[at]!]! += error * values[at]!;
    }
    for (let i = 0; i < at; i += 1) {
      const feature = indices[i]!;
      const gradient = sums[feature]!;
      // 0 where another span had the feature too, and its step is done.
      if (gradient === 0) continue;
      sums[feature] = 0;
      descend(state, feature, gradient, weight, rate);
    }
  }

  private makeRoom(size: number): void {
    if (size <= this.indices.length) return;
    const indices = new Int32Array(2 * size);
    const values = new Float64Array(2 * size);
    indices.set(this.indices);
    values.set(this.values);
    this.indices = indices;
    this.values = values;
  }
}
