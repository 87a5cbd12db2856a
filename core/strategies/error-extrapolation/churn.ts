export interface Churn {
  /** Wrong before, right now. */
  readonly fixed: number;
  readonly persisting: number;
  /** Right before, wrong now. */
  readonly broken: number;
}

/** What a round did to the errors: ids of the wrong rows before and after it. */
export function churn(previous: ReadonlySet<string>, next: ReadonlySet<string>): Churn {
  const persisting = [...previous].filter((id) => next.has(id)).length;
  return { fixed: previous.size - persisting, persisting, broken: next.size - persisting };
}
