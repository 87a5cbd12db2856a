import { Command } from 'commander';
import { costText } from './show-cost';
import type { Terminal } from './terminal';

const JOBS_SHOWN = 50;

export function jobsCommand(terminal: Terminal): Command {
  return new Command('jobs')
    .description(`the newest ${JOBS_SHOWN} jobs`)
    .option('--state <state>', 'only those in this state')
    .action(async ({ state }: { state?: string }) => {
      const { jobs } = await terminal
        .client()
        .jobs({ limit: String(JOBS_SHOWN), ...(state === undefined ? {} : { state }) });
      if (jobs.length === 0) terminal.out('no jobs');
      for (const job of jobs) {
        const done = job.rows.planned - job.rows.open;
        terminal.out(
          `${job.id}  ${job.state.padEnd(9)}  ${done}/${job.rows.planned} rows  ${costText(job.cost)}  ${job.model}`,
        );
      }
    });
}
