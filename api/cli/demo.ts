/** The promise on a small scale: real input, a worker killed half-way, and nothing lost. */
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { childEnvironment, type Config, loadConfig } from '../../infra/config';
import { startStack, stopOnSignals } from '../../infra/stack/stack';
import { wholeNumber } from './budget-options';
import { type Client, createClient } from './client';
import { corpusDemo } from './demo/corpus-demo';
import { type Demo, type DemoOptions, embeddedName } from './demo/demo-job';
import { mailDemo } from './demo/mail-demo';
import { CHAPTERS_MAX } from './demo/prose';
import { EXIT_NOT_SUCCEEDED, EXIT_OK, type Terminal } from './terminal';

const DOCUMENTS_DEFAULT = 3;

interface GivenOptions extends Omit<DemoOptions, 'short'> {
  readonly keep?: boolean;
  readonly short?: boolean;
  readonly model?: string;
}

/** One job on real input each, by the strategy it shows. */
const DEMOS: Readonly<Record<string, (demo: Demo) => Promise<boolean>>> = {
  entigraph: corpusDemo,
  'error-extrapolation': mailDemo,
};

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .description('a small job on real input by the embedded model, with a worker killed half-way')
    .addArgument(
      new Argument('[strategy]', 'entigraph: a corpus from prose; error-extrapolation: spam and wanted mails')
        .choices(Object.keys(DEMOS))
        .default('entigraph'),
    )
    .option('--keep', 'keep everything running at the end, until Ctrl-C')
    .option('--no-kill', 'without the kill')
    .option('--short', 'as little work as shows it, whatever the speed')
    .option('--model <provider/model>', 'a configured model instead of the embedded one')
    .option(
      '--documents <n>',
      `entigraph: chapters to start from (1 to ${CHAPTERS_MAX})`,
      wholeNumber,
      DOCUMENTS_DEFAULT,
    )
    .action(async (strategy: string, options: GivenOptions) => {
      const config = demoConfig();
      const say = (line: string): void => terminal.note(line);
      const stack = await startStack(config, {
        say,
        embeddedModel: options.model === undefined ? 'on' : 'off',
      });
      stopOnSignals(stack);
      let stopped = false;
      void stack.exited.then(() => (stopped = true));
      try {
        const client = untilStopped(createClient(stack.addresses.api), () => stopped);
        const run = DEMOS[strategy]!;
        const succeeded = await run({
          terminal: { ...terminal, client: () => client },
          client,
          config,
          stack,
          options: { ...options, short: options.short === true },
          model: options.model ?? (await embeddedName(client)),
          isEmbedded: options.model === undefined,
        });
        if (options.keep) {
          terminal.out(`Everything keeps running: ${stack.addresses.api}/docs. Ctrl-C stops it.`);
          await stack.exited;
        }
        terminal.exitWith(succeeded ? EXIT_OK : EXIT_NOT_SUCCEEDED);
      } catch (error) {
        // What fails after the stack's end fails because of it.
        if (!stopped) throw error;
        terminal.note('The demo was stopped before its end. Run it again for a whole one.');
        terminal.exitWith(EXIT_NOT_SUCCEEDED);
      } finally {
        await stack.stop();
      }
    });
}

/** A watch waits for an API that is away; after Ctrl-C it never comes back. */
function untilStopped(client: Client, isStopped: () => boolean): Client {
  const job: Client['job'] = (id) =>
    isStopped() ? Promise.reject(new Error('the stack was stopped')) : client.job(id);
  return { ...client, job };
}

/** A data folder and free ports of its own, so that the demo never meets real jobs or a running stack. */
function demoConfig(): Config {
  const env = childEnvironment({});
  return loadConfig({
    PERENNIAL_API_PORT: '0',
    PERENNIAL_TEMPORAL_PORT: '0',
    PERENNIAL_TEMPORAL_UI_PORT: '0',
    ...env,
    PERENNIAL_HOME: join(env.PERENNIAL_HOME || '.perennial', 'demo'),
  });
}
