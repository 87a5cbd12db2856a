import { type Command, InvalidArgumentError } from 'commander';
import type { Budget } from '../../core/job-body';

export interface BudgetOptions {
  readonly budgetUsd?: number;
  readonly budgetCalls?: number;
  readonly budgetTokens?: number;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

function dollars(text: string): number {
  const value = Number(text.replace(/^\$/, ''));
  if (text !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected dollars above 0, as in 5 or 0.5.');
}

export function withBudget(command: Command): Command {
  return command
    .option('--budget-usd <dollars>', 'a new cap on dollars', dollars)
    .option('--budget-calls <n>', 'a new cap on calls', wholeNumber)
    .option('--budget-tokens <n>', 'a new cap on tokens', wholeNumber);
}

/** As `budget` of a request; empty where no cap was named. */
export function budgetOf({ budgetUsd, budgetCalls, budgetTokens }: BudgetOptions): { budget?: Budget } {
  const budget: Budget = {
    ...(budgetUsd === undefined ? {} : { usd: budgetUsd }),
    ...(budgetCalls === undefined ? {} : { calls: budgetCalls }),
    ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
  };
  return Object.keys(budget).length === 0 ? {} : { budget };
}
