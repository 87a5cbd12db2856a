import { Command, Option } from 'commander';
import type { Terminal } from './terminal';

interface RetryOptions {
  readonly stage?: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly rows?: readonly string[];
}

export function retryCommand(terminal: Terminal): Command {
  return new Command('retry')
    .description('opens failed rows again, or rejected ones with new draws')
    .argument('<job>', 'its id')
    .option('--stage <stage>', 'only of this stage')
    .addOption(
      new Option('--outcome <outcome>', 'which rows').choices(['failed', 'rejected']).default('failed'),
    )
    .option('--reason <reason>', 'only with this reason')
    .option('--rows <key...>', 'only these rows')
    .action(async (id: string, { stage, outcome, reason, rows }: RetryOptions) => {
      const { message } = await terminal.client().retryRows(id, {
        outcome,
        ...(stage === undefined ? {} : { stage }),
        ...(reason === undefined ? {} : { reason }),
        ...(rows === undefined ? {} : { rows }),
      });
      terminal.out(`${id}: ${message}`);
    });
}
