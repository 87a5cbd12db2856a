import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { Problem } from '../../core/problem';
import type { Client, DatasetFormat } from './client';
import type { Terminal } from './terminal';

export function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .description(
      'writes the dataset: as JSON lines, of a job that runs what is accepted so far; or as Parquet, once published',
    )
    .argument('<job>', 'its id')
    .option('--out <file>', 'where to; default <job>.<format>')
    .addOption(
      new Option('--format <format>', 'default: what --out ends with, else jsonl').choices([
        'jsonl',
        'parquet',
      ]),
    )
    .action(async (id: string, { out, format: wanted }: { out?: string; format?: DatasetFormat }) => {
      const format = wanted ?? (out?.toLowerCase().endsWith('.parquet') === true ? 'parquet' : 'jsonl');
      const file = out ?? `${id}.${format}`;
      const bytes = await exportDataset(terminal.client(), id, file, format);
      terminal.out(`${file}: ${bytes} bytes`);
    });
}

/** The file appears when it is whole. */
export async function exportDataset(
  client: Pick<Client, 'dataset'>,
  id: string,
  file: string,
  format: DatasetFormat = 'jsonl',
): Promise<number> {
  const target = await targetOf(file);
  if (!target.regular) return copy(await client.dataset(id, format), target.path);
  const part = `${target.path}.part`;
  try {
    const bytes = await copy(await client.dataset(id, format), part);
    await rename(part, target.path);
    return bytes;
  } finally {
    await rm(part, { force: true });
  }
}

/** A link is followed; a device or a pipe is written to, never replaced. @throws Problem `out-invalid` */
async function targetOf(file: string): Promise<{ path: string; regular: boolean }> {
  if (file === '') throw outInvalid(file, 'an empty name');
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw outInvalid(file, 'a directory');
  if (found) return { path: await realpath(file), regular: found.isFile() };
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (!folder?.isDirectory()) throw outInvalid(file, `a folder ${dirname(file)} that does not exist`);
  return { path: file, regular: true };
}

function outInvalid(file: string, got: string): Problem {
  return new Problem(
    'out-invalid',
    `--out "${file}": expected a file that can be written, got ${got}.`,
    '--out',
  );
}

async function copy(dataset: Readable, path: string): Promise<number> {
  const out = createWriteStream(path);
  try {
    await pipeline(dataset, out);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (/^E[A-Z]+$/.test(code)) throw outInvalid(path, code);
    throw error;
  }
  return out.bytesWritten;
}
