import { Command } from 'commander';
import type { Terminal } from './terminal';

export function cancelCommand(terminal: Terminal): Command {
  return new Command('cancel')
    .description('ends a job; what it has made is kept')
    .argument('<job>', 'its id')
    .action(async (id: string) => {
      const { message } = await terminal.client().control(id, 'cancel');
      terminal.out(`${id}: ${message}`);
    });
}
