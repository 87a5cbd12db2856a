import { Command } from 'commander';
import type { Terminal } from './terminal';

export function failCommand(terminal: Terminal): Command {
  return new Command('fail')
    .description('gives up a blocked, paused or running job')
    .argument('<job>', 'its id')
    .action(async (id: string) => {
      const { message } = await terminal.client().control(id, 'fail');
      terminal.out(`${id}: ${message}`);
    });
}
