/** The linear student of extractive question answering: examples in, spans out. */
import { epochScore, type EpochScore } from '../best-epoch';
import type { Example, SpanPrediction, StudentItem } from '../student';
import { codePointsBefore, unitsBefore } from './code-points';
import { candidateAt, candidateText, lowerForm, passageOf, type Passage } from './passage';
import { questionOf } from './span-features';
import { readSpans, SpanScores, trainReader, type ReaderRow, type SpanModel } from './span-reader';

/** Contexts whose tokens are kept for their next question. */
const PASSAGES_KEPT = 1_000;

export interface AnswerModel {
  readonly task: { readonly kind: 'extractive-qa' };
  readonly model: SpanModel;
}

export interface AnswerOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly rate: number;
  readonly validation?: readonly Example[];
}

/** Examples whose answer no candidate stands for teach nothing. */
export function trainAnswers(examples: readonly Example[], options: AnswerOptions): AnswerModel {
  const { validation, ...rest } = options;
  const rows = [...readable(examples)].filter(({ right }) => right >= 0);
  const validate =
    validation === undefined || validation.length === 0 ? {} : { validate: validator(validation) };
  return { task: { kind: 'extractive-qa' }, model: trainReader(rows, { ...rest, ...validate }) };
}

/** The likeliest span of each item's context; of equally likely ones the first. */
export function answerSpans({ model }: AnswerModel, items: readonly StudentItem[]): SpanPrediction[] {
  const spans = new SpanScores();
  return Array.from(rowsOf(items), ({ passage, question }, i) => {
    const probabilities = readSpans(model.weights, { passage, question }, spans);
    const best = likeliest(probabilities);
    const { id } = items[i]!;
    if (best < 0) return { id, answer: { text: '', start: 0 }, probability: 1 };
    const start = codePointsBefore(passage.text, passage.from[passage.first[best]!]!);
    return { id, answer: { text: candidateText(passage, best), start }, probability: probabilities[best]! };
  });
}

export function answerLoss({ model }: AnswerModel, examples: readonly Example[]): number {
  return validator(examples)(model.weights).loss;
}

function validator(examples: readonly Example[]): (weights: Float32Array) => EpochScore {
  const rows = [...readable(examples)];
  const spans = new SpanScores();
  return (weights) => epochScore(rows.map((row) => verdict(row, readSpans(weights, row, spans))));
}

/** An answer that no candidate stands for is always missed. */
function verdict(row: Readable, probabilities: Float64Array): { right: boolean; probability: number } {
  const best = likeliest(probabilities);
  const right = best >= 0 && row.accepted.has(lowerForm(candidateText(row.passage, best)));
  return { right, probability: probabilities[row.right] ?? 0 };
}

interface Readable extends ReaderRow {
  /** Candidate of the first answer that has one, or −1. */
  readonly right: number;
  /** Every answer, as candidates are compared. */
  readonly accepted: ReadonlySet<string>;
  readonly weight: number;
}

function* readable(examples: readonly Example[]): Iterable<Readable> {
  let i = 0;
  for (const row of rowsOf(examples)) {
    const { answers = [], weight } = examples[i++]!;
    const candidates = answers.map(({ text, start }) => {
      const from = unitsBefore(row.passage.text, start);
      return candidateAt(row.passage, from, from + text.length);
    });
    const reached = candidates.filter((candidate) => candidate >= 0);
    const accepted = new Set(reached.map((candidate) => lowerForm(candidateText(row.passage, candidate))));
    yield { ...row, right: reached[0] ?? -1, accepted, weight };
  }
}

/** Questions of one context share its passage. */
function* rowsOf(items: readonly StudentItem[]): Iterable<ReaderRow> {
  const passages = new Map<string, Passage>();
  for (const { context = '', question = '' } of items) {
    const passage = passages.get(context) ?? passageOf(context);
    if (passages.size >= PASSAGES_KEPT) passages.clear();
    passages.set(context, passage);
    yield { passage, question: questionOf(question) };
  }
}

function likeliest(probabilities: Float64Array): number {
  let best = probabilities.length === 0 ? -1 : 0;
  for (let i = 1; i < probabilities.length; i += 1) if (probabilities[i]! > probabilities[best]!) best = i;
  return best;
}
