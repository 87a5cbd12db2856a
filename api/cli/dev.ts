import { Command } from 'commander';
import { loadConfig } from '../../infra/config';
import { startStack, stopOnSignals } from '../../infra/stack/stack';
import { refuseOpenHost } from '../guard';
import { EXIT_OK, type Terminal } from './terminal';

export function devCommand(terminal: Terminal): Command {
  return new Command('dev')
    .description('starts Temporal, workers, the embedded model and the API on this machine')
    .option('--json', 'print one line of JSON with every address when ready')
    .option('--no-model', 'without the embedded model')
    .action(async (options: { json?: boolean; model: boolean }) => {
      const config = loadConfig();
      refuseOpenHost(config.api.host);
      const stack = await startStack(config, {
        say: (line) => terminal.note(line),
        embeddedModel: options.model ? 'auto' : 'off',
      });
      stopOnSignals(stack);
      const { api, ui, temporal, model } = stack.addresses;
      if (options.json) terminal.out(JSON.stringify(stack.addresses));
      else {
        terminal.out(`API       ${api}/docs`);
        if (ui !== '') terminal.out(`Temporal  ${ui}`);
        terminal.out(`          ${temporal}`);
        if (model !== undefined) terminal.out(`model     ${model}`);
        terminal.out('Ctrl-C stops everything; jobs go on at the next start.');
      }
      const failure = await stack.exited;
      if (failure) throw failure;
      terminal.exitWith(EXIT_OK);
    });
}
