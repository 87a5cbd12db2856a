/** Gold that is probably wrong: it is listed, and not imitated. */
import { normalizeAnswer } from '../../metrics/answer-metrics';
import type { SpanPrediction } from '../../students/student';

/** Both students must find the gold label this improbable. */
const CROSS_FIT_PROBABILITY = 0.2;
const PERSISTENT_PASSES = 2;
const PERSISTENT_PROBABILITY = 0.1;

/** What students say of one row of mine. */
export interface Opinion {
  /** The label they name; in question answering the normalised answer. Absent: none, or they disagree. */
  readonly named?: string;
  /** How probable gold is to them; in question answering at most so. */
  readonly gold: number;
}

/** The mean of probabilities over seeds, or over cross-fit students. `labels` in the order of probabilities. */
export function labelOpinion(
  labels: readonly string[],
  gold: string,
  probabilities: readonly (readonly number[])[],
): Opinion {
  if (probabilities.length === 0) return { gold: 1 };
  const means = labels.map(
    (_, i) => probabilities.reduce((sum, row) => sum + row[i]!, 0) / probabilities.length,
  );
  const best = means.reduce((top, value, i) => (value > means[top]! ? i : top), 0);
  return { named: labels[best]!, gold: means[labels.indexOf(gold)] ?? 0 };
}

/** A span's probability says what is left for all the others, gold among them. Spans must agree to be named. */
export function spanOpinion(predictions: readonly SpanPrediction[]): Opinion {
  const answers = new Set(predictions.map(({ answer }) => normalizeAnswer(answer.text)));
  const [named] = answers;
  if (answers.size !== 1 || named === undefined || named === '') return { gold: 1 };
  const left = predictions.reduce((sum, { probability }) => sum + 1 - probability, 0) / predictions.length;
  return { named, gold: left };
}

/**
 * Students of gold alone that never saw the row, and the round's students, name the same other label (answer), and both
 * find gold improbable. `gold`: the label, or every right answer.
 */
export function suspectedByCrossFit(row: {
  readonly gold: string | readonly string[];
  readonly crossFit: Opinion;
  readonly round: Opinion;
}): boolean {
  const { gold, crossFit, round } = row;
  if (round.named === undefined || round.named !== crossFit.named || isGold(gold, round.named)) return false;
  return crossFit.gold < CROSS_FIT_PROBABILITY && round.gold < CROSS_FIT_PROBABILITY;
}

/**
 * Wrong to all seeds in two passes or more, and gold improbable. In question answering, `answers` of all seeds in this
 * pass: the same span, and not a right one.
 */
export function suspectedByPersistence(
  row: { readonly passesAllWrong: number } & (
    | { readonly goldProbability: number }
    | { readonly gold: readonly string[]; readonly answers: readonly string[] }
  ),
): boolean {
  if (row.passesAllWrong < PERSISTENT_PASSES) return false;
  if ('goldProbability' in row) return row.goldProbability < PERSISTENT_PROBABILITY;
  const answers = new Set(row.answers.map(normalizeAnswer));
  const [named] = answers;
  return answers.size === 1 && named !== undefined && named !== '' && !isGold(row.gold, named);
}

function isGold(gold: string | readonly string[], named: string): boolean {
  return typeof gold === 'string' ? gold === named : gold.some((answer) => normalizeAnswer(answer) === named);
}
