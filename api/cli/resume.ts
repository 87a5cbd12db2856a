import { Command } from 'commander';
import { budgetOf, type BudgetOptions, withBudget } from './budget-options';
import type { Terminal } from './terminal';

export function resumeCommand(terminal: Terminal): Command {
  const command = new Command('resume')
    .description('continues a paused, blocked, failed, cancelled or terminated job')
    .argument('<job>', 'its id')
    .option('--choice <choice>', 'the answer to what blocks it');
  return withBudget(command).action(async (id: string, options: { choice?: string } & BudgetOptions) => {
    const { message } = await terminal.client().control(id, 'resume', {
      ...(options.choice === undefined ? {} : { choice: options.choice }),
      ...budgetOf(options),
    });
    terminal.out(`${id}: ${message}`);
  });
}
