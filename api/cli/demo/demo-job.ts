/** What every demo does with its job: posts it under a lid, kills a worker half-way, answers what it asks, shows the end. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../../core/problem';
import type { Report } from '../../../core/report';
import type { Config } from '../../../infra/config';
import type { Stack } from '../../../infra/stack/stack';
import type { JobView } from '../../job-view';
import type { Client } from '../client';
import { exportDataset } from '../export';
import { endLines } from '../show-job';
import type { Terminal } from '../terminal';
import { watchJob } from '../watch-job';
import { createKiller } from './killer';
import { onlyChanges } from './quiet-progress';

/** Few, so that the number of calls in flight at the kill is known. */
export const CONCURRENCY = 4;
/** The lid in dollars, where the price is known. */
const BUDGET_USD = 0.1;
const POLL_MS = 500;
const ANSWERS_MAX = 3;
/** Until an answer shows in the job's state. */
const LOOKS_MAX = 60;

export interface DemoOptions {
  readonly kill: boolean;
  readonly short: boolean;
  readonly documents: number;
}

export interface Demo {
  readonly terminal: Terminal;
  readonly client: Client;
  readonly config: Config;
  readonly stack: Stack;
  readonly options: DemoOptions;
  /** `provider/model` */
  readonly model: string;
  readonly isEmbedded: boolean;
}

export interface DemoJob {
  readonly body: object;
  /** The stage in whose middle the generator is killed. */
  readonly killIn: string;
  /** The lid over a provider that costs money. */
  readonly callsMax: number;
}

export async function embeddedName(client: Client): Promise<string> {
  const found = (await client.models()).models.find(({ flavour }) => flavour === 'embedded');
  if (found) return found.name;
  throw new Problem('model-unknown', 'no embedded model is configured; name one with --model.');
}

/** @returns the ended job with its report; undefined where it did not succeed, and what it said is told. */
export async function runDemoJob(
  demo: Demo,
  { body, killIn, callsMax }: DemoJob,
): Promise<{ readonly job: JobView; readonly report: Report } | undefined> {
  const { terminal, client, stack, options } = demo;
  const priced = (await client.estimate(body)).prices.every(({ prices }) => prices !== undefined);
  const job = await client.postJob({
    ...body,
    budget: { calls: callsMax, ...(priced ? { usd: BUDGET_USD } : {}) },
    concurrency: CONCURRENCY,
    // Equal jobs take their answers from the ledger: a second demo would have nothing to do.
    seed: 1 + (await client.jobs({ limit: '1000' })).jobs.length,
    tags: { purpose: 'demo' },
  });
  terminal.out(
    `Job ${job.id} runs.${job.links.temporal === undefined ? '' : ` Watch it in Temporal: ${job.links.temporal}`}`,
  );
  const killer = options.kill ? createKiller(terminal, stack, killIn) : () => false;
  const ended = await watchToEnd(onlyChanges(terminal), job.id, killer);
  for (const line of endLines(ended, client.address)) terminal.out(line);
  if (ended.state !== 'succeeded') return undefined;
  return { job: ended, report: (await client.report(ended.id)) as Report };
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

export async function exportDemo({ terminal, client, config }: Demo, id: string): Promise<void> {
  mkdirSync(config.home, { recursive: true });
  const file = join(config.home, `${id}.jsonl`);
  await exportDataset(client, id, file);
  terminal.out(`Dataset: ${file}`);
}
