/** A budget in words: what is spent, what is in doubt, what is allowed, and what to type. */
import type { Budget } from './job-body';

export type BudgetUnit = keyof Budget;

/** What a job has used of one unit, and its cap, where it has one. */
export interface BudgetUse {
  readonly unit: BudgetUnit;
  readonly cap: number | null;
  readonly spent: number;
  /** Sent, and nobody knows whether the provider charged for it. */
  readonly inDoubt: number;
}

/** `$0.0421`, `12 calls`. */
export function amountOf(unit: BudgetUnit, value: number): string {
  return unit === 'usd' ? `$${Number(value.toFixed(4))}` : `${value} ${unit}`;
}

/** Why a job waits at its cap: of several caps the one it is nearest to. */
export function budgetReached(job: string, uses: readonly BudgetUse[]): string {
  const nearest = uses
    .flatMap(({ cap, ...use }) => (cap === null ? [] : [{ ...use, cap }]))
    .sort((a, b) => (b.spent + b.inDoubt) / b.cap - (a.spent + a.inDoubt) / a.cap)[0];
  if (!nearest) return `the budget is used up. To go on: perennial resume ${job}`;
  const { unit, cap, spent, inDoubt } = nearest;
  const doubt = inDoubt > 0 ? ` and ${amountOf(unit, inDoubt)} is in doubt (sent, and no answer came)` : '';
  const left =
    unit === 'calls' ? '' : '; the next call could cost more than what is left, so it was not sent';
  return `the budget is used up: ${amountOf(unit, spent)} is spent${doubt}, of ${amountOf(unit, cap)} allowed${left}. To go on: perennial resume ${job} --budget-${unit} <a higher cap>`;
}

/** Why a job with a cap in dollars waits before its first call to a model without a price. */
export function capWithoutPrice(job: string, model: string): string {
  return `${model} has no price on this worker, so that the cap in dollars cannot hold: nothing was sent to it. Add its price to perennial.config.yaml, restart the generator, then: perennial resume ${job}. Or fork the job with a cap on calls or tokens instead.`;
}
