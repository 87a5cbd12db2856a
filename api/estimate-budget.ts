/** Caps against what is known: the estimate before a job starts, the ledger once it has. */
import { amountOf, type BudgetUnit } from '../core/budget-reached';
import type { Budget } from '../core/job-body';
import { Problem } from '../core/problem';
import { type BudgetRow, usesOf } from '../infra/database/control';
import type { ConfiguredModel } from './context';
import { type Estimate, unpricedOf } from './estimate';

type Models = Readonly<Record<string, ConfiguredModel>>;

/**
 * Why a cap cannot be kept, before anything is spent: `params-invalid` (dollars without prices), or `estimate-over-budget`
 * that names both sums and the largest stage.
 */
export function budgetFault(
  estimate: Estimate,
  budget: Budget | undefined,
  models: Models,
): Problem | undefined {
  try {
    if (budget) checkBudget(estimate, budget, models);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

function checkBudget(estimate: Estimate, budget: Budget, models: Models): void {
  refuseUnpriced(budget, unpricedOf(models));
  const tokens = estimate.inputTokens.low + estimate.outputTokens.low;
  refuseOver('calls', estimate.calls.low, budget.calls, estimate);
  refuseOver('tokens', tokens, budget.tokens, estimate);
  refuseOver('usd', estimate.costUsd?.low ?? 0, budget.usd, estimate);
}

/**
 * A new cap for a job that has begun.
 * @param room whether the job must be able to go on under it: then it must lie above what is spent, not only not below
 * @throws Problem `params-invalid` (dollars without prices), `conflict` (below what is already spent)
 */
export function checkNewBudget(
  job: string,
  budget: Budget,
  row: BudgetRow,
  unpriced: readonly string[],
  room: boolean,
): void {
  refuseUnpriced(budget, unpriced);
  for (const { unit, spent, inDoubt } of usesOf(row)) {
    const cap = budget[unit];
    const used = spent + inDoubt;
    if (cap === undefined || cap > used || (cap === used && !room)) continue;
    throw new Problem(
      'conflict',
      `budget.${unit}: expected ${room ? 'more than' : 'at least'} ${amountOf(unit, used)}, which job ${job} has used (${amountOf(unit, spent)} spent, ${amountOf(unit, inDoubt)} in doubt), got ${amountOf(unit, cap)}. Nothing was changed. Name a higher cap${room ? '' : ', or pause the job to stop it here'}.`,
      `budget.${unit}`,
    );
  }
}

function refuseUnpriced(budget: Budget, unpriced: readonly string[]): void {
  if (budget.usd === undefined || unpriced.length === 0) return;
  throw new Problem(
    'params-invalid',
    `budget.usd: expected prices for every model, got none for ${unpriced.join(', ')}. Add them to perennial.config.yaml, or cap calls or tokens instead.`,
    'budget.usd',
  );
}

type StageSize = Estimate['stages'][number];
const SIZE_OF: Readonly<Record<BudgetUnit, (stage: StageSize) => number>> = {
  calls: (stage) => stage.calls.low,
  tokens: (stage) => stage.inputTokens.low + stage.outputTokens.low,
  usd: (stage) => stage.costUsd?.low ?? 0,
};

function refuseOver(unit: BudgetUnit, low: number, cap: number | undefined, { stages }: Estimate): void {
  if (cap === undefined || low <= cap) return;
  const [largest] = [...stages].sort((a, b) => SIZE_OF[unit](b) - SIZE_OF[unit](a));
  const share = largest
    ? ` The largest stage is "${largest.stage}" with at least ${largest.calls.low} calls.`
    : '';
  throw new Problem(
    'estimate-over-budget',
    `budget.${unit}: the job needs at least ${unit === 'usd' ? amountOf(unit, low) : `${low} ${unit}`}, the budget allows ${unit === 'usd' ? amountOf(unit, cap) : cap}.${share} Raise the budget or make the job smaller.`,
    `budget.${unit}`,
  );
}
