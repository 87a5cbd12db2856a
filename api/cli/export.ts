import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { Client } from './client';
import type { Terminal } from './terminal';

export function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .description('writes the dataset as JSON lines; what is accepted so far while the job runs')
    .argument('<job>', 'its id')
    .option('--out <file>', 'where to; default <job>.jsonl')
    .action(async (id: string, { out }: { out?: string }) => {
      const file = out ?? `${id}.jsonl`;
      const bytes = await exportDataset(terminal.client(), id, file);
      terminal.out(`${file}: ${bytes} bytes`);
    });
}

/** The file appears when it is whole. */
export async function exportDataset(
  client: Pick<Client, 'dataset'>,
  id: string,
  file: string,
): Promise<number> {
  const part = `${file}.part`;
  try {
    await pipeline(await client.dataset(id), createWriteStream(part));
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  return (await stat(file)).size;
}
