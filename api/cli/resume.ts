import { Command, InvalidArgumentError } from 'commander';
import type { Terminal } from './terminal';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

export function resumeCommand(terminal: Terminal): Command {
  return new Command('resume')
    .description('continues a paused, blocked, failed, cancelled or terminated job')
    .argument('<job>', 'its id')
    .option('--choice <choice>', 'the answer to what blocks it')
    .option('--calls <n>', 'a new cap on calls', wholeNumber)
    .action(async (id: string, { choice, calls }: { choice?: string; calls?: number }) => {
      const { message } = await terminal.client().control(id, 'resume', {
        ...(choice === undefined ? {} : { choice }),
        ...(calls === undefined ? {} : { budget: { calls } }),
      });
      terminal.out(`${id}: ${message}`);
    });
}
