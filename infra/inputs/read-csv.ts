import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { LINE_BYTES_MAX } from '../../core/story/limits';
import type { InputItem } from '../../core/strategy';
import type { Line } from './read-lines';

interface Parsed {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}
interface Fault {
  readonly line: number;
  readonly message: string;
}

/**
 * Records of a CSV with a header row, as objects of strings. A record may span lines; `line` is its last one.
 * @param cut tells whether the lines ended before the file did.
 */
export async function* readCsv(
  file: string,
  lines: AsyncIterable<Line>,
  cut: () => boolean,
): AsyncIterable<InputItem> {
  const badLines: Fault[] = [];
  const skipped: Fault[] = [];
  async function* text(): AsyncIterable<string> {
    for await (const line of lines) {
      if (line.error !== undefined) badLines.push({ line: line.number, message: line.error });
      if (line.error !== undefined && line.text === '') return; // where its record ends is not known
      yield `${line.text}\n`;
    }
  }
  const parser = parse({
    columns: (names: string[]) => {
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice !== undefined)
        skipped.push({ line: 1, message: `expected column names that differ, got "${twice}" twice` });
      return names;
    },
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LINE_BYTES_MAX,
    on_skip: (error) => {
      if (error && !(cut() && error.code === 'CSV_QUOTE_NOT_CLOSED'))
        skipped.push({ line: lineOf(error), message: csvFault(error) });
      return undefined;
    },
  });
  // A fault is thrown by the loop below; the callback only keeps the pipeline from complaining twice.
  pipeline(Readable.from(text()), parser, () => undefined);

  const faultsUpTo = function* (line: number): Iterable<InputItem> {
    while (skipped[0] !== undefined && skipped[0].line <= line) yield fault(file, skipped.shift()!);
  };
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      yield* faultsUpTo(info.lines - 1);
      const bad = takeUpTo(badLines, info.lines);
      yield bad ? fault(file, bad) : { file, line: info.lines, value: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (!cut()) skipped.push({ line: lineOf(error), message: csvFault(error) });
  }
  yield* faultsUpTo(Number.POSITIVE_INFINITY);
  for (const left of badLines) yield fault(file, left);
}

/** Removes the faults of lines up to this one; the first of them speaks for the record. */
function takeUpTo(faults: Fault[], line: number): Fault | undefined {
  let first: Fault | undefined;
  while (faults[0] !== undefined && faults[0].line <= line) {
    const next = faults.shift()!;
    first ??= next;
  }
  return first;
}

const fault = (file: string, { line, message }: Fault): InputItem => ({ file, line, error: message });

function lineOf(error: CsvError): number {
  return typeof error.lines === 'number' ? error.lines : 1;
}

function csvFault(error: CsvError): string {
  if (error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS') {
    const columns: unknown = error.columns;
    const record: unknown = error.record;
    return `expected ${Array.isArray(columns) ? columns.length : 'as many'} columns as the header has, got ${Array.isArray(record) ? record.length : 'another number'}`;
  }
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'expected a closing quote, got the end of the file';
  return `expected CSV, got a fault: ${error.message}`;
}
