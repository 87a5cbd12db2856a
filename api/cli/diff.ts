import { Command } from 'commander';
import type { JobView, StageView } from '../job-view';
import { type Comparison, compareJobs, type Example } from './compare-jobs';
import { EXIT_NOT_SUCCEEDED, EXIT_OK, type Terminal } from './terminal';

const RECORD_CHARACTERS_SHOWN = 160;
/** Shown of what two records have in common before they differ. */
const CHARACTERS_BEFORE = 40;

export function diffCommand(terminal: Terminal): Command {
  return new Command('diff')
    .description('compares the records of two jobs by row; exit code 0 the same, 1 different')
    .argument('<before>', 'the id of a job')
    .argument('<after>', 'the id of another')
    .option('--json', 'one line of JSON')
    .action(async (...[first, second, options]: [string, string, { json?: boolean }]) => {
      const client = terminal.client();
      const [before, after] = await Promise.all([client.job(first), client.job(second)]);
      const comparison = await compareJobs(client, before, after);
      if (options.json) terminal.out(jsonLine(before, after, comparison));
      else for (const line of diffLines(before, after, comparison)) terminal.out(line);
      const { changed, added, removed } = comparison;
      terminal.exitWith(changed + added + removed === 0 ? EXIT_OK : EXIT_NOT_SUCCEEDED);
    });
}

function jsonLine(before: JobView, after: JobView, comparison: Comparison): string {
  const side = ({ id, state, rows, cost, stages }: JobView) => ({
    id,
    state,
    rows,
    cost,
    stages: stages.map(({ stage, planned, accepted, rejected, failed, open }) => ({
      ...{ stage, planned, accepted, rejected, failed, open },
    })),
  });
  const { examples, ...records } = comparison;
  return JSON.stringify({ before: side(before), after: side(after), records, examples });
}

function diffLines(before: JobView, after: JobView, comparison: Comparison): string[] {
  const { same, changed, added, removed, examples } = comparison;
  const unfinished = [before, after].filter(({ state }) => state !== 'succeeded');
  return [
    `before: ${before.id} ${before.state}`,
    `after:  ${after.id} ${after.state}`,
    ...unfinished.map(({ id }) => `  ${id} is not finished: its records so far are compared.`),
    `records: ${same} same, ${changed} changed, ${added} added, ${removed} removed`,
    ...stageNames(before, after).flatMap((name) => [
      `stage ${name}`,
      `  before: ${countsLine(before.stages.find(({ stage }) => stage === name))}`,
      `  after:  ${countsLine(after.stages.find(({ stage }) => stage === name))}`,
    ]),
    'paid',
    `  before: ${costLine(before)}`,
    `  after:  ${costLine(after)}`,
    ...examples.changed.flatMap((example) => exampleLines('changed', example)),
    ...examples.added.flatMap((example) => exampleLines('added', example)),
    ...examples.removed.flatMap((example) => exampleLines('removed', example)),
  ];
}

/** Stages with rows, in the order of the first job, then those that only the second has. */
function stageNames(before: JobView, after: JobView): string[] {
  const names = [...before.stages, ...after.stages].filter(({ kind }) => kind === 'rows');
  return [...new Set(names.map(({ stage }) => stage))];
}

function countsLine(stage: StageView | undefined): string {
  if (!stage) return 'not there';
  const { planned, accepted, rejected, failed, open } = stage;
  return `${planned} planned = ${accepted} accepted + ${rejected} rejected + ${failed} failed + ${open} open`;
}

function costLine({ cost }: JobView): string {
  return `${cost.calls} calls (${cost.callsReused} reused), ${cost.inputTokens + cost.outputTokens} tokens, ${cost.usd === null ? 'cost unknown' : `$${cost.usd.toFixed(4)}`}`;
}

function exampleLines(kind: string, { key, before, after }: Example): string[] {
  const [old, now] = [before, after].map((record) => (record === undefined ? '' : JSON.stringify(record)));
  const from = before === undefined || after === undefined ? 0 : differAt(old!, now!);
  return [
    `${kind} ${key}`,
    ...(before === undefined ? [] : [`  - ${cut(old!, from)}`]),
    ...(after === undefined ? [] : [`  + ${cut(now!, from)}`]),
  ];
}

/** A little before the first character that differs: long records may differ late. */
function differAt(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at <= RECORD_CHARACTERS_SHOWN / 2 ? 0 : at - CHARACTERS_BEFORE;
}

function cut(text: string, from: number): string {
  const end = from + RECORD_CHARACTERS_SHOWN;
  return `${from > 0 ? '…' : ''}${text.slice(from, end)}${text.length > end ? '…' : ''}`;
}
