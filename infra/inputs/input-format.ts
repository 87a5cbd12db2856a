/** What an input file's name says about its content. */
export const INPUT_FORMATS = ['jsonl', 'csv', 'txt', 'md'] as const;
export interface InputFormat {
  readonly format: (typeof INPUT_FORMATS)[number];
  readonly gzip: boolean;
}

/** Extensions that can be uploaded, for messages. */
export const INPUT_EXTENSIONS = '.jsonl, .jsonl.gz, .csv, .txt, .md';

/** @returns undefined for a name that says nothing we can read. */
export function inputFormatOf(name: string): InputFormat | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith('.jsonl.gz')) return { format: 'jsonl', gzip: true };
  const format = INPUT_FORMATS.find((known) => lower.endsWith(`.${known}`));
  return format === undefined ? undefined : { format, gzip: false };
}
