/** What is known of a job's money. Unknown is null, never 0. */

/** As the ledger counts it, over all models of a job. */
export interface Spending {
  readonly calls: number;
  readonly usd: number;
  /** Paid calls of models that had no price when they were paid. */
  readonly callsUnpriced: number;
  readonly callsInDoubt: number;
  readonly usdInDoubt: number;
}

export interface KnownCost {
  readonly usd: number | null;
  readonly usdInDoubt: number | null;
  /** Models without a price now. */
  readonly unpriced: readonly string[];
}

/** @param models the job's, and whether each has a price now */
export function knownCost(
  spending: Spending,
  models: readonly { readonly name: string; readonly priced: boolean }[],
): KnownCost {
  const unpriced = [...new Set(models.flatMap(({ name, priced }) => (priced ? [] : [name])))];
  // Calls that were paid before unpriced ones were counted: no dollars and no prices mean nobody knows.
  const neverPriced = spending.calls > 0 && spending.usd === 0 && models.every(({ priced }) => !priced);
  return {
    usd: spending.callsUnpriced > 0 || neverPriced ? null : spending.usd,
    usdInDoubt: spending.callsInDoubt > 0 && unpriced.length > 0 ? null : spending.usdInDoubt,
    unpriced,
  };
}
