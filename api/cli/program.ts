import { Command, CommanderError } from 'commander';
import { cancelCommand } from './cancel';
import { demoCommand } from './demo';
import { devCommand } from './dev';
import { diffCommand } from './diff';
import { estimateCommand } from './estimate';
import { exportCommand } from './export';
import { failCommand } from './fail';
import { forkCommand } from './fork';
import { jobsCommand } from './jobs';
import { patchCommand } from './patch';
import { pauseCommand } from './pause';
import { resumeCommand } from './resume';
import { retryCommand } from './retry';
import { rowsCommand } from './rows';
import { runCommand } from './run';
import { strategiesCommand } from './strategies';
import { EXIT_BAD_INPUT, reportError, type Terminal } from './terminal';
import { watchCommand } from './watch';

/** Runs one command line. Every end goes through `terminal.exitWith`. */
export async function runProgram(terminal: Terminal, argv: readonly string[]): Promise<void> {
  const program = new Command('perennial').description(
    'synthetic training data in runs that last days and survive anything',
  );
  const commands = [
    devCommand,
    demoCommand,
    estimateCommand,
    runCommand,
    jobsCommand,
    watchCommand,
    pauseCommand,
    resumeCommand,
    patchCommand,
    cancelCommand,
    failCommand,
    rowsCommand,
    retryCommand,
    forkCommand,
    diffCommand,
    exportCommand,
    strategiesCommand,
  ];
  for (const command of commands) program.addCommand(command(terminal));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(terminal, error);
    if (error.exitCode !== 0) terminal.exitWith(EXIT_BAD_INPUT); // commander has said why
  }
}
