/** Which gold rows a round's students got wrong. Pure: predictions in, errors out. */
import { answerExact, answerF1 } from '../../../metrics/answer-metrics';
import type { LabelPrediction, Prediction, SpanPrediction } from '../../../students/student';
import type { GoldRow, MinedError } from '../records';
import { saidBy } from './predicted';

export interface FoundErrors {
  /** In the order of the rows; none is suspected yet. */
  readonly errors: MinedError[];
  /** Share of each label among all predictions, over seeds; empty in question answering. */
  readonly predictedShares: number[];
}

export interface ErrorRule {
  readonly labels: readonly string[];
  /** Question answering: answers up to this F1 are errors; null: all that are not exact. */
  readonly qaErrorF1Max: number | null;
}

/** `predictions[seed][row]`. An error is wrong in more than half of the seeds. */
export function findErrors(
  rows: readonly GoldRow[],
  predictions: readonly (readonly Prediction[])[],
  rule: ErrorRule,
): FoundErrors {
  const errors: MinedError[] = [];
  const said = rule.labels.map(() => 0);
  for (const [ordinal, row] of rows.entries()) {
    const ofSeeds = predictions.map((seed) => seed[ordinal]!);
    for (const one of ofSeeds) {
      const label = rule.labels.indexOf(saidBy(one, rule.labels));
      if (label >= 0) said[label]! += 1;
    }
    const wrong = ofSeeds.filter((one) => isWrong(row, one, rule));
    if (2 * wrong.length <= ofSeeds.length) continue;
    const means = row.label === undefined ? [] : meanOf(ofSeeds as readonly LabelPrediction[]);
    errors.push({
      id: row.id,
      ordinal,
      ...(row.label === undefined ? {} : { label: row.label }),
      ...(row.label === undefined
        ? { predicted: saidBy(wrong[0]!, rule.labels) }
        : { predicted: labelGiven(wrong, means, rule.labels) }),
      goldProbability:
        row.label === undefined
          ? answerProbability(row, ofSeeds as readonly SpanPrediction[], rule)
          : (means[rule.labels.indexOf(row.label)] ?? 0),
      everySeed: wrong.length === ofSeeds.length,
      suspected: false,
    });
  }
  const total = rows.length * predictions.length;
  return { errors, predictedShares: said.map((count) => count / Math.max(1, total)) };
}

function isWrong(row: GoldRow, prediction: Prediction, { labels, qaErrorF1Max }: ErrorRule): boolean {
  const answer = saidBy(prediction, labels);
  if (row.label !== undefined) return answer !== row.label;
  const references = (row.answers ?? []).map(({ text }) => text);
  if (answerExact(answer, references) === 1) return false;
  return qaErrorF1Max === null || answerF1(answer, references) <= qaErrorF1Max;
}

function meanOf(predictions: readonly LabelPrediction[]): number[] {
  const [first] = predictions;
  return (first?.probabilities ?? []).map(
    (_, label) =>
      predictions.reduce((sum, { probabilities }) => sum + (probabilities[label] ?? 0), 0) /
      predictions.length,
  );
}

/** The wrong label that most seeds gave; of several the likelier one. */
function labelGiven(
  wrong: readonly Prediction[],
  means: readonly number[],
  labels: readonly string[],
): string {
  const votes = labels.map(() => 0);
  for (const one of wrong) votes[labels.indexOf(saidBy(one, labels))]! += 1;
  const best = votes.reduce(
    (leader, count, label) =>
      count > votes[leader]! || (count === votes[leader]! && (means[label] ?? 0) > (means[leader] ?? 0))
        ? label
        : leader,
    0,
  );
  return labels[best] ?? '';
}

/** A reader says how sure it is of its own answer only: a wrong one counts as no probability for the gold one. */
function answerProbability(row: GoldRow, predictions: readonly SpanPrediction[], rule: ErrorRule): number {
  const right = predictions.filter((one) => !isWrong(row, one, rule));
  return right.reduce((sum, { probability }) => sum + probability, 0) / Math.max(1, predictions.length);
}
