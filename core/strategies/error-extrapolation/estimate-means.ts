/** The four numbers that a job's calls hang on and nobody knows before: guessed first, then counted. */
import type { Range } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { settingsOf } from './settings';

/** The guess counts like this many rows. */
export const MEANS_PRIOR_ROWS = 50;
const ACCEPTED_PRIOR = 0.85;
const ERRORS_PRIOR = 0.3;
const JUDGED_PRIOR = 0.9;
/** Of the votes beyond a majority, how many are needed: 2.2 votes of 3. */
const DISSENT_PRIOR = 0.2;
const ACCEPTED_LOW = 0.5;
const ERRORS_HIGH = 0.6;
/** Corrective retries at worst. */
export const RETRIES_HIGH = 0.1;

export interface Means {
  /** Share of written rows that are accepted: a. */
  readonly accepted: number;
  /** Share of mine that the students get wrong: e. */
  readonly errors: number;
  /** Share of written rows that reach the judge: s. */
  readonly judged: number;
  /** Votes a judged row: j. */
  readonly votes: number;
}

/** How many were counted, and their sum. */
export interface Counted {
  readonly count: number;
  readonly sum: number;
}

export function priorMeans(params: ErrorExtrapolationParams): Means {
  const { low, high } = votesRange(params);
  const votes = low + DISSENT_PRIOR * (high - low);
  return { accepted: ACCEPTED_PRIOR, errors: ERRORS_PRIOR, judged: JUDGED_PRIOR, votes };
}

/** The cheapest job: all accepted, no errors, unanimous. */
export function lowMeans(params: ErrorExtrapolationParams): Means {
  return { accepted: 1, errors: 0, judged: 1, votes: votesRange(params).low };
}

/** The dearest: half accepted, most rows wrong, every vote cast. */
export function highMeans(params: ErrorExtrapolationParams): Means {
  return { accepted: ACCEPTED_LOW, errors: ERRORS_HIGH, judged: 1, votes: votesRange(params).high };
}

/** A majority, up to all votes; none where no model judges. */
function votesRange(params: ErrorExtrapolationParams): Range {
  if (settingsOf(params).judge !== 'llm') return { low: 0, high: 0 };
  return { low: (params.judgeVotes + 1) / 2, high: params.judgeVotes };
}

/** The guess and what was counted, weighed by rows. */
export function runningMean(prior: number, { count, sum }: Counted): number {
  return (MEANS_PRIOR_ROWS * prior + sum) / (MEANS_PRIOR_ROWS + count);
}

export function updateMeans(prior: Means, counted: Partial<Record<keyof Means, Counted>>): Means {
  const mean = (name: keyof Means): number => runningMean(prior[name], counted[name] ?? { count: 0, sum: 0 });
  return { accepted: mean('accepted'), errors: mean('errors'), judged: mean('judged'), votes: mean('votes') };
}

/** What a stage's rows will call once its plan exists: one call to write, votes to sift. */
export function plannedCalls(step: 'write' | 'sift', rows: number, { judged, votes }: Means): number {
  return Math.round(step === 'write' ? rows : rows * judged * votes);
}
