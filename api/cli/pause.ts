import { Command } from 'commander';
import type { Terminal } from './terminal';

export function pauseCommand(terminal: Terminal): Command {
  return new Command('pause')
    .description('stops sending calls; answers on their way are kept')
    .argument('<job>', 'its id')
    .action(async (id: string) => {
      const { message } = await terminal.client().control(id, 'pause');
      terminal.out(`${id}: ${message}`);
    });
}
