/** What an input file's name says about its content. */
import type { InputRole } from '../../core/strategy';

const INPUT_FORMATS = ['jsonl', 'csv', 'parquet', 'txt', 'md'] as const;
export interface InputFormat {
  readonly format: (typeof INPUT_FORMATS)[number];
  readonly gzip: boolean;
}

/** Extensions that can be uploaded, for messages. */
export const INPUT_EXTENSIONS = '.jsonl, .jsonl.gz, .csv, .parquet, .txt, .md';

/** @returns undefined for a name that says nothing we can read. */
export function inputFormatOf(name: string): InputFormat | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith('.jsonl.gz')) return { format: 'jsonl', gzip: true };
  const format = INPUT_FORMATS.find((known) => lower.endsWith(`.${known}`));
  return format === undefined ? undefined : { format, gzip: false };
}

/** A role that reads JSON lines reads Parquet too: both are rows of typed values. */
export function formatsOf({ formats }: Pick<InputRole, 'formats'>): InputFormat['format'][] {
  return formats.includes('jsonl') ? [...formats, 'parquet'] : [...formats];
}
