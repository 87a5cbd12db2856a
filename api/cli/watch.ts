import { Command } from 'commander';
import { endLines } from './show-job';
import { EXIT_NOT_SUCCEEDED, EXIT_OK, type Terminal } from './terminal';
import { watchJob } from './watch-job';

export function watchCommand(terminal: Terminal): Command {
  return new Command('watch')
    .description('shows a job until it ends or waits for you')
    .argument('<job>', 'its id')
    .action(async (id: string) => {
      const job = await watchJob(terminal, id);
      for (const line of endLines(job, terminal.client().address)) terminal.out(line);
      terminal.exitWith(job.state === 'succeeded' ? EXIT_OK : EXIT_NOT_SUCCEEDED);
    });
}
