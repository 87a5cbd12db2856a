import { Command } from 'commander';
import { budgetOf, type BudgetOptions, wholeNumber, withBudget } from './budget-options';
import type { Terminal } from './terminal';

interface PatchOptions extends BudgetOptions {
  readonly concurrency?: number;
  readonly priority?: number;
}

export function patchCommand(terminal: Terminal): Command {
  const command = new Command('patch')
    .description('changes the speed, priority or budget of an open job')
    .argument('<job>', 'its id')
    .option('--concurrency <n>', 'calls in flight', wholeNumber)
    .option('--priority <n>', '1 is served first, 5 last', wholeNumber);
  return withBudget(command).action(async (id: string, options: PatchOptions) => {
    const { concurrency, priority } = options;
    const { message } = await terminal.client().patch(id, {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(priority === undefined ? {} : { priority }),
      ...budgetOf(options),
    });
    terminal.out(`${id}: ${message}`);
  });
}
