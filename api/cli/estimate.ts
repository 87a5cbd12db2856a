import { setTimeout as wait } from 'node:timers/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { PilotView } from '../estimate-pilot';
import type { Client } from './client';
import { readBody, uploadInputs } from './run';
import { costText } from './show-cost';
import { estimateLines, measuredLines } from './show-estimate';
import { EXIT_NOT_SUCCEEDED, type Terminal } from './terminal';

const POLL_MS = 1_000;

interface EstimateOptions {
  readonly pilot?: boolean;
  readonly json?: boolean;
}

export function estimateCommand(terminal: Terminal): Command {
  return new Command('estimate')
    .description('what the job in a file would take: calls, tokens and dollars by stage; starts nothing')
    .argument('<job.json>', 'a job body; its inputs may name local files by path')
    .option('--pilot', 'run about 20 rows for real first, and estimate from what they took')
    .option('--json', 'one line of JSON on standard output')
    .action(async (file: string, options: EstimateOptions) => {
      const client = terminal.client();
      const body = await uploadInputs(client, readBody(file), dirname(resolve(file)));
      if (options.pilot) return estimateByPilot(terminal, client, body, options);
      const estimate = await client.estimate(body);
      if (options.json) return terminal.out(JSON.stringify(estimate));
      for (const line of estimateLines(estimate)) terminal.out(line);
    });
}

async function estimateByPilot(
  terminal: Terminal,
  client: Client,
  body: object,
  { json }: EstimateOptions,
): Promise<void> {
  const { pilot } = await client.startPilot(body);
  terminal.note(`pilot ${pilot.id} runs; its answers are kept for the job itself`);
  const view = await untilEnded(client, pilot.id);
  if (json) terminal.out(JSON.stringify(view));
  else showPilot(terminal, view);
  if (view.pilot.state !== 'succeeded') terminal.exitWith(EXIT_NOT_SUCCEEDED);
}

/** A pilot that waits for a person measures nothing more by itself. */
async function untilEnded(client: Client, id: string): Promise<PilotView> {
  for (;;) {
    const view = await client.pilot(id);
    if (view.final || view.pilot.state === 'blocked' || view.pilot.state === 'paused') return view;
    await wait(POLL_MS);
  }
}

function showPilot(terminal: Terminal, view: PilotView): void {
  const { id, state, problem, cost } = view.pilot;
  const spent = costText({ usd: cost.usd, usdInDoubt: 0 });
  terminal.out(`pilot ${id} ${state}: ${cost.calls} calls, ${spent}`);
  if (problem !== undefined) terminal.out(`  ${problem}`);
  if (!view.final)
    terminal.out(`  it waits: repair the cause, then perennial resume ${id}, and estimate again`);
  for (const line of [...measuredLines(view), ...estimateLines(view.estimate)]) terminal.out(line);
}
