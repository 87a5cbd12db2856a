/** The promise on a small scale: a corpus from real prose, a worker killed half-way, and nothing lost. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { Problem } from '../../core/problem';
import type { Report } from '../../core/report';
import { childEnvironment, type Config, loadConfig } from '../../infra/config';
import { type Stack, startStack, stopOnSignals } from '../../infra/stack/stack';
import type { JobView } from '../job-view';
import { type Client, createClient } from './client';
import { proofLines, recordLines, rejectionLines, relationLines } from './demo/proof';
import { CHAPTERS_MAX, loadProse } from './demo/prose';
import { onlyChanges } from './demo/quiet-progress';
import { CALLS_MAX, CALLS_SHORT, type DemoSize, measureModel, sizeDemo } from './demo/size';
import { exportDataset } from './export';
import { wholeNumber } from './budget-options';
import { endLines } from './show-job';
import { EXIT_NOT_SUCCEEDED, EXIT_OK, type Terminal } from './terminal';
import { watchJob } from './watch-job';

const STAGE = 'entigraph';
const DOCUMENTS_DEFAULT = 3;
/** Few, so that the number of calls in flight at the kill is known. */
const CONCURRENCY = 4;
/** The lids over a provider that costs money; that in dollars where the price is known. */
const BUDGET_USD = 0.1;
const BUDGET_CALLS = 200;
const POLL_MS = 500;
const RECORDS_SHOWN = 3;
const ANSWERS_MAX = 3;
/** Until an answer shows in the job's state. */
const LOOKS_MAX = 60;
/** Speed that is assumed of a provider. */
const PROVIDER_TOKENS_PER_SECOND = 200;

interface DemoOptions {
  readonly keep?: boolean;
  readonly kill: boolean;
  readonly short?: boolean;
  readonly model?: string;
  readonly documents: number;
}

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .description('a small corpus from real prose by the embedded model, with a worker killed half-way')
    .option('--keep', 'keep everything running at the end, until Ctrl-C')
    .option('--no-kill', 'without the kill')
    .option('--short', `${CALLS_SHORT} calls, whatever the speed`)
    .option('--model <provider/model>', 'a configured model instead of the embedded one')
    .option(
      '--documents <n>',
      `chapters to start from (1 to ${CHAPTERS_MAX})`,
      wholeNumber,
      DOCUMENTS_DEFAULT,
    )
    .action(async (options: DemoOptions) => {
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
        const succeeded = await runDemo({ ...terminal, client: () => client }, config, stack, options);
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

async function runDemo(
  terminal: Terminal,
  config: Config,
  stack: Stack,
  options: DemoOptions,
): Promise<boolean> {
  const client = terminal.client();
  const model = options.model ?? (await embeddedName(client));
  const documents = Math.min(options.documents, CHAPTERS_MAX);
  const size = await chooseSize(terminal, stack, model, documents, options);
  const prose = await loadProse(config.cache, documents, size.charactersPerDocument, (line) =>
    terminal.note(line),
  );
  const body = {
    strategy: 'entigraph',
    preset: 'demo',
    params: { target: { calls: size.calls } },
    inputs: { documents: prose },
    models: { generator: model },
  };
  const priced = (await client.estimate(body)).prices.every(({ prices }) => prices !== undefined);
  const job = await client.postJob({
    ...body,
    budget: { calls: BUDGET_CALLS, ...(priced ? { usd: BUDGET_USD } : {}) },
    concurrency: CONCURRENCY,
    // Equal jobs take their answers from the ledger: a second demo would have nothing to do.
    seed: 1 + (await client.jobs({ limit: '1000' })).jobs.length,
    tags: { purpose: 'demo' },
  });
  terminal.out(
    `Job ${job.id} runs.${job.links.temporal === undefined ? '' : ` Watch it in Temporal: ${job.links.temporal}`}`,
  );
  const killer = options.kill ? createKiller(terminal, stack) : () => false;
  const ended = await watchToEnd(onlyChanges(terminal), job.id, killer);
  for (const line of endLines(ended, client.address)) terminal.out(line);
  if (ended.state !== 'succeeded') return false;
  await showResult(terminal, config, client, ended);
  if (options.model === undefined)
    terminal.out(
      'Mechanics only: the embedded model has 135M parameters; its texts show that the machine runs, not what the method is worth.',
    );
  return true;
}

/** Where a gate asks whether a weak result will do, the demo shows the question and says yes, as a person would. */
async function watchToEnd(
  terminal: Terminal,
  id: string,
  onLook: (job: JobView) => boolean,
): Promise<JobView> {
  for (let answers = 0; ; answers += 1) {
    const job = await watchJob(terminal, id, { pollMs: POLL_MS, onLook });
    const acceptable = job.state === 'blocked' && job.block?.choices.includes('accept') === true;
    if (!acceptable || answers === ANSWERS_MAX) return job;
    terminal.out(`The job waits for a person: ${job.block?.code}: ${job.block?.message}`);
    terminal.out(`The demo answers as you could: perennial resume ${id} --choice accept`);
    await terminal.client().control(id, 'resume', { choice: 'accept' });
    for (
      let looks = 0;
      looks < LOOKS_MAX && (await terminal.client().job(id)).state === 'blocked';
      looks += 1
    )
      await wait(POLL_MS);
  }
}

async function embeddedName(client: Client): Promise<string> {
  const found = (await client.models()).models.find(({ flavour }) => flavour === 'embedded');
  if (found) return found.name;
  throw new Problem('model-unknown', 'no embedded model is configured; name one with --model.');
}

async function chooseSize(
  terminal: Terminal,
  stack: Stack,
  model: string,
  documents: number,
  { short = false }: DemoOptions,
): Promise<DemoSize> {
  const { model: baseUrl } = stack.addresses;
  if (baseUrl === undefined) {
    const size = sizeDemo(PROVIDER_TOKENS_PER_SECOND, documents, short);
    terminal.out(
      `${model} gets ${documents} chapters of Moby-Dick, cut to ${size.charactersPerDocument} characters each: about ${size.calls + CALLS_MAX / 2} calls, never more than ${BUDGET_CALLS}.`,
    );
    return size;
  }
  const speed = await measureModel(baseUrl, model.slice(model.indexOf('/') + 1));
  const size = sizeDemo(speed, documents, short);
  terminal.out(
    `The embedded model writes ${speed.toFixed(0)} tokens/s here: ${size.calls} relation calls from ${documents} chapters of Moby-Dick, about ${size.minutes} min.`,
  );
  return size;
}

/** Ends the generator without warning when half of the relations are there, then tells that the job goes on. */
function createKiller(terminal: Terminal, stack: Stack): (job: JobView) => boolean {
  let killed: { pid: number; ended: number } | undefined;
  let told = false;
  return (job) => {
    const stage = job.stages.find((one) => one.stage === STAGE);
    const ended = stage ? stage.planned - stage.open : 0;
    const pid = stack.pid('generator');
    if (!killed && stage && pid !== undefined && stage.open > 0 && ended >= stage.planned / 2) {
      process.kill(pid, 'SIGKILL');
      killed = { pid, ended };
      terminal.out(
        `Killed the generator (process ${pid}, SIGKILL) at ${ended} of ${stage.planned} rows. ` +
          'Its lease on the rows in flight runs out in a few seconds; until then nobody touches them.',
      );
    } else if (killed && !told && pid !== undefined && pid !== killed.pid && ended > killed.ended) {
      told = true;
      terminal.out(
        `It goes on by itself: process ${pid}, ${ended} rows, none of the ${killed.ended} asked again.`,
      );
    }
    return false;
  };
}

async function showResult(terminal: Terminal, config: Config, client: Client, job: JobView): Promise<void> {
  const report = (await client.report(job.id)) as Report;
  for (const line of proofLines(report, CONCURRENCY)) terminal.out(line);
  for (const line of relationLines(report, STAGE)) terminal.out(line);
  for (const line of rejectionLines(job)) terminal.out(line);
  for (const line of recordLines(await client.records(job.id, RECORDS_SHOWN))) terminal.out(line);
  mkdirSync(config.home, { recursive: true });
  const file = join(config.home, `${job.id}.jsonl`);
  await exportDataset(client, job.id, file);
  terminal.out(`Dataset: ${file}`);
}
