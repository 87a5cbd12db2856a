/** The words that jobs, rows and errors are described with. They are an API: users read and match on them. */

export const JOB_STATES = [
  'queued',
  'running',
  'paused',
  'blocked',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States that nothing but a person changes. */
export const CLOSED_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

export const OUTCOME_STATES = ['accepted', 'rejected', 'failed'] as const;
export type OutcomeState = (typeof OUTCOME_STATES)[number];

/** Reasons any strategy may reject a row with; strategies add only their own. */
export const SHARED_REJECTIONS = [
  'empty',
  'truncated',
  'refusal',
  'content-filtered',
  'unparsable',
  'prompt-leak',
  'wrong-language',
  'length',
  'source-copy',
  'duplicate-exact',
  'duplicate-near',
  'personal-data',
  'eval-overlap',
] as const;

/** Why a row got no usable answer at all. */
export const FAILURES = ['model-error', 'timeout', 'context-exceeded', 'student-error'] as const;
export type Failure = (typeof FAILURES)[number];

/** Rejections that say "the model cannot do this" and so count as bad rows, together with failed rows. */
export const BAD_ROW_REASONS: readonly string[] = ['unparsable', 'refusal', 'truncated'];

/** Why a job waits for a person. Strategies add only their own. */
export const SHARED_BLOCKS = [
  'key-rejected',
  'out-of-funds',
  'budget-reached',
  'model-gone',
  'too-many-bad-rows',
  'shortfall',
  'student',
  'internal',
  'code-changed',
  'storage-full',
] as const;

/** A job that waits for a person: what happened, examples of it, and what may be answered. */
export interface Block {
  readonly code: string;
  readonly message: string;
  /** Up to {@link BLOCK_SAMPLES_MAX} short examples, for instance rejected answers. */
  readonly samples: readonly string[];
  readonly choices: readonly string[];
  /** True where the budget's numbers of the moment do not explain it, and the message stands as it is. */
  readonly asWritten?: boolean;
}

/** Counts of a stage's rows. planned = accepted + rejected + failed + open, always. */
export interface RowCounts {
  readonly planned: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
}

export const NO_ROWS: RowCounts = { planned: 0, accepted: 0, rejected: 0, failed: 0 };

export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return {
    planned: a.planned + b.planned,
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    failed: a.failed + b.failed,
  };
}

/** Rows with an outcome. */
export function endedRows({ accepted, rejected, failed }: RowCounts): number {
  return accepted + rejected + failed;
}

/** Rows without an outcome. */
export function openRows(counts: RowCounts): number {
  return counts.planned - endedRows(counts);
}
