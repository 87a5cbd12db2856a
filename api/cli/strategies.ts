import { Command } from 'commander';
import type { Terminal } from './terminal';

export function strategiesCommand(terminal: Terminal): Command {
  return new Command('strategies')
    .description('what can be run; with a name, everything about it as JSON')
    .argument('[name]', 'a strategy')
    .action(async (name: string | undefined) => {
      const client = terminal.client();
      if (name !== undefined) return terminal.out(JSON.stringify(await client.strategy(name), null, 2));
      for (const { name: id, title, summary, paper, presets } of (await client.strategies()).strategies) {
        terminal.out(`${id}: ${title}${paper ? ` (arXiv ${paper.arxiv})` : ''}`);
        terminal.out(`  ${summary}`);
        terminal.out(`  presets: ${presets.join(', ')}`);
      }
    });
}
