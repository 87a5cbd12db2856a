/** What the test rows say about each student: one score a seed, their spread, and an interval over the rows. */
import { meanInterval, scoreInterval } from '../../../metrics/bootstrap';
import { randomFor } from '../../../random';
import type { GoldRow } from '../records';
import type { FinalStudent } from './final-students';
import { scoreOf, valueOf } from './predicted';
import type { Metric } from './predicted';

/** For intervals that describe; comparisons take as many as `prepare` has fixed. */
export const INTERVAL_RESAMPLES = 1_000;

export interface TestedStudent {
  readonly student: FinalStudent;
  /** `[seed][row]`: label ids or answers. */
  readonly said: readonly (readonly string[])[];
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
}

export interface StudentScore {
  readonly name: string;
  readonly arm: string;
  readonly replicate: number;
  readonly composition: string;
  readonly round: number;
  readonly rows: number;
  /** One a seed. */
  readonly scores: readonly number[];
  readonly mean: number;
  /** Over seeds, with count − 1. */
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

interface Scoring {
  readonly metric: Metric;
  readonly rows: readonly GoldRow[];
  readonly tested: readonly TestedStudent[];
}

export function scoreStudents({ seed }: { seed: number }, { metric, rows, tested }: Scoring): StudentScore[] {
  return tested.map(({ student, said }) => {
    const scores = said.map((one) => scoreOf(metric, rows, one));
    const { low, high } = intervalOf(metric, rows, said, seed, student.name);
    return {
      name: student.name,
      arm: student.at.arm,
      replicate: student.at.replicate,
      composition: student.composition,
      round: student.round,
      rows: student.rows,
      scores,
      mean: meanOf(scores),
      deviation: deviationOf(scores),
      low,
      high,
    };
  });
}

/** Of the mean over seeds, rows of a group drawn together. */
export function intervalOf(
  metric: Metric,
  rows: readonly GoldRow[],
  said: readonly (readonly string[])[],
  seed: number,
  purpose: string,
): Interval {
  const random = randomFor(seed, 'interval', purpose);
  const groups = rows.map(({ group }) => group);
  if (metric !== 'macro-f1') {
    const values = rows.map((row, index) =>
      meanOf(said.map((one) => valueOf(metric, row, one[index] ?? ''))),
    );
    return meanInterval(values, groups, INTERVAL_RESAMPLES, random);
  }
  const score = (items: readonly number[]): number => {
    const drawn = items.map((item) => rows[item]!);
    return meanOf(
      said.map((one) =>
        scoreOf(
          metric,
          drawn,
          items.map((item) => one[item]!),
        ),
      ),
    );
  };
  return scoreInterval(score, groups, INTERVAL_RESAMPLES, random);
}

export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
