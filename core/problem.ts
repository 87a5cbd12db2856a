/** HTTP status of each stable code; strategies add theirs in their own folder. */
export const PROBLEM_STATUS = {
  'params-invalid': 400,
  'body-invalid': 400,
  'file-not-found': 404,
  'job-not-found': 404,
  'strategy-unknown': 400,
  'not-found': 404,
  'documents-invalid': 422,
  'rows-invalid': 422,
  'model-unknown': 422,
  'model-unfit': 422,
  'student-unfit': 422,
  'choice-unknown': 422,
  'estimate-over-budget': 422,
  conflict: 409,
  forbidden: 403,
  unauthorized: 401,
  'too-large': 413,
  'too-many': 429,
  'temporal-unavailable': 503,
  'storage-full': 507,
  internal: 500,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/**
 * Bad input, refused before anything is spent. The message names the thing, what was expected, what came and what to
 * do. `code` is stable; strategies may use codes of their own, which answer 422.
 */
export class Problem extends Error {
  readonly status: number;
  /** Of a fault in many lines of an input: the first of them, and how many there are. */
  declare readonly lines?: readonly number[];
  declare readonly count?: number;

  constructor(
    readonly code: string,
    message: string,
    /** Where in the body or input: `params.samples`, `rows.jsonl:17`. */
    readonly at?: string,
  ) {
    super(message);
    this.name = 'Problem';
    this.status = (PROBLEM_STATUS as Record<string, number>)[code] ?? 422;
  }
}
