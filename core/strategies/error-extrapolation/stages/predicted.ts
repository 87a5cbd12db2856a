/** What students say about labelled rows, and what it is worth. */
import { answerExact, answerF1 } from '../../../metrics/answer-metrics';
import { macroF1 } from '../../../metrics/label-metrics';
import type { Reader } from '../../../strategy';
import type { Prediction } from '../../../students/student';
import type { ErrorExtrapolationParams } from '../params';
import type { GoldRow } from '../records';
import { settingsOf } from '../settings';
import type { Settings } from '../settings';
import type { GoldFacts } from './gold-facts';

export type Metric = Settings['metric'];

/** One metric for the whole job: arms with parameters of their own are measured by it too. */
export function metricOf(params: ErrorExtrapolationParams, { shares }: Pick<GoldFacts, 'shares'>): Metric {
  return settingsOf(params, { goldShares: shares }).metric;
}

/** A label id, or the text of an answer. */
export function saidBy(prediction: Prediction, labels: readonly string[]): string {
  return 'answer' in prediction
    ? prediction.answer.text
    : (labels[likeliest(prediction.probabilities)] ?? '');
}

function likeliest(probabilities: readonly number[]): number {
  return probabilities.reduce((best, value, index) => (value > probabilities[best]! ? index : best), 0);
}

/** What a row contributes to a mean: 1 or 0, in F1 of answers anything between. */
export function valueOf(metric: Metric, row: GoldRow, said: string): number {
  if (metric === 'accuracy' || metric === 'macro-f1') return said === row.label ? 1 : 0;
  const references = (row.answers ?? []).map(({ text }) => text);
  return metric === 'em' ? answerExact(said, references) : answerF1(said, references);
}

/** One student's score over rows. */
export function scoreOf(metric: Metric, rows: readonly GoldRow[], said: readonly string[]): number {
  if (metric === 'macro-f1')
    return macroF1(
      rows.map(({ label }) => label ?? ''),
      said,
    );
  const sum = rows.reduce((total, row, index) => total + valueOf(metric, row, said[index] ?? ''), 0);
  return rows.length === 0 ? 0 : sum / rows.length;
}

/** Predictions of one row of an evaluate stage, in the order of the items. */
export async function readPredictions(
  read: Reader,
  stage: string,
  key: string,
  rows: readonly GoldRow[],
): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  for await (const prediction of read.collection<Prediction>(`${stage}/predictions/${key}`)) {
    const expected = rows[predictions.length]?.id;
    if (prediction.id !== expected)
      throw new Error(
        `${stage}/predictions/${key}: expected the item ${expected ?? '(none)'}, got ${prediction.id}`,
      );
    predictions.push(prediction);
  }
  if (predictions.length !== rows.length)
    throw new Error(
      `${stage}/predictions/${key}: expected ${rows.length} predictions, got ${predictions.length}`,
    );
  return predictions;
}

export async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A row's key in an evaluate stage of a loop. */
export function evaluationKey(training: string, split: 'mine' | 'select'): string {
  return `${training}/${split}`;
}
