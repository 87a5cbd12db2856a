import { Command, InvalidArgumentError } from 'commander';
import { OUTCOME_STATES } from '../../core/story/vocabulary';
import type { RowView } from '../job-rows';
import { listRows } from './list-rows';
import { wholeNumber } from './budget-options';
import type { Terminal } from './terminal';

const ROWS_SHOWN_DEFAULT = 50;
/** The most that one page of the API holds. */
const PAGE_ROWS_MAX = 1_000;
const ANSWER_CHARACTERS_SHOWN = 300;
const RECORD_CHARACTERS_SHOWN = 120;

interface RowsOptions {
  readonly stage?: string;
  readonly outcome: readonly string[];
  readonly reason?: string;
  readonly key?: string;
  readonly answers?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export function rowsCommand(terminal: Terminal): Command {
  return new Command('rows')
    .description('rows of a job that have ended; without --outcome those that failed or were rejected')
    .argument('<job>', 'its id')
    .option('--stage <stage>', 'only of this stage')
    .option('--outcome <list>', OUTCOME_STATES.join(', '), outcomes, ['failed', 'rejected'])
    .option('--reason <reason>', 'only with this reason')
    .option('--key <key>', 'only this row')
    .option('--answers', 'with what the model answered')
    .option('--limit <n>', 'how many of each outcome', wholeNumber, ROWS_SHOWN_DEFAULT)
    .option('--json', 'one JSON object a line')
    .action(async (id: string, options: RowsOptions) => {
      let shown = 0;
      for (const outcome of options.outcome) {
        const { rows, more } = await firstRows(terminal, id, outcome, options);
        shown += rows.length;
        for (const row of rows)
          if (options.json) terminal.out(JSON.stringify(row));
          else for (const line of rowLines(row)) terminal.out(line);
        if (more) terminal.note(`there are more ${outcome} rows than --limit ${options.limit}.`);
      }
      if (shown === 0) terminal.note('no row fits.');
    });
}

async function firstRows(
  terminal: Terminal,
  id: string,
  outcome: string,
  { stage, reason, key, answers, limit }: RowsOptions,
): Promise<{ rows: readonly RowView[]; more: boolean }> {
  const filter = {
    outcome,
    limit: String(Math.min(limit + 1, PAGE_ROWS_MAX)),
    ...(stage === undefined ? {} : { stage }),
    ...(reason === undefined ? {} : { reason }),
    ...(key === undefined ? {} : { key }),
    ...(answers ? { answers: 'true' } : {}),
  };
  const rows: RowView[] = [];
  for await (const row of listRows(terminal.client(), id, filter)) {
    if (rows.length === limit) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}

function outcomes(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !OUTCOME_STATES.some((state) => state === name));
  if (unknown === undefined) return [...new Set(names)];
  throw new InvalidArgumentError(`Expected some of ${OUTCOME_STATES.join(', ')}, got "${unknown}".`);
}

function rowLines(row: RowView): string[] {
  const { stage, key, outcome, reason, detail, record, answers = [] } = row;
  const why = [reason, detail].filter((part) => part !== undefined).map(oneLine);
  const what = record === undefined ? why.join(': ') : cut(JSON.stringify(record), RECORD_CHARACTERS_SHOWN);
  return [
    `${stage}  ${key}  ${outcome}  ${what}`,
    ...answers.map(({ text, finish }) => `    ${finish}: ${cut(oneLine(text), ANSWER_CHARACTERS_SHOWN)}`),
  ];
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text);
