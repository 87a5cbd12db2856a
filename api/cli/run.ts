import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { Problem } from '../../core/problem';
import type { Client } from './client';
import { endLines, summaryLine } from './show-job';
import { EXIT_NOT_SUCCEEDED, EXIT_OK, type Terminal } from './terminal';
import { watchJob } from './watch-job';

type Body = Readonly<Record<string, unknown>>;

export function runCommand(terminal: Terminal): Command {
  return new Command('run')
    .description('posts the job in a file and watches it; exit code 0 succeeded, 1 not, 2 bad input')
    .argument('<job.json>', 'a job body; its inputs may name local files by path')
    .option('--json', 'end with one line of JSON on standard output')
    .action(async (file: string, options: { json?: boolean }) => {
      const client = terminal.client();
      const body = await uploadInputs(client, readBody(file), dirname(resolve(file)));
      const { id } = await client.postJob(body);
      terminal.note(`${id} started`);
      const job = await watchJob(terminal, id);
      if (options.json) terminal.out(summaryLine(job));
      else for (const line of endLines(job, client.address)) terminal.out(line);
      terminal.exitWith(job.state === 'succeeded' ? EXIT_OK : EXIT_NOT_SUCCEEDED);
    });
}

/** @throws Problem `file-not-found`, `body-invalid` */
export function readBody(file: string): Body {
  if (!isFile(file)) {
    throw new Problem(
      'file-not-found',
      `${file}: expected a job file (JSON), got ${existsSync(file) ? 'a folder' : 'a path that does not exist'}.`,
      file,
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem('body-invalid', `${file}: expected JSON, got a fault: ${why}.`, file);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  throw new Problem(
    'body-invalid',
    `${file}: expected a JSON object with "strategy", got something else.`,
    file,
  );
}

/** Paths in `inputs` become uploaded files; `file:<id>` and rows stay as they are. */
export async function uploadInputs(
  client: Pick<Client, 'upload'>,
  body: Body,
  folder: string,
): Promise<Body> {
  const { inputs } = body;
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) return body;
  const entries = Object.entries(inputs as Body);
  const local = entries.flatMap(([role, input]) => pathsOf(input).map((path) => [role, path] as const));
  for (const [role, path] of local) {
    if (isFile(resolve(folder, path))) continue;
    const at = `inputs.${role}`;
    throw new Problem(
      'file-not-found',
      `${at}: expected a file, got "${path}", which is none in ${folder}.`,
      at,
    );
  }
  const refs = new Map<string, string>();
  for (const [, path] of local)
    if (!refs.has(path)) refs.set(path, await client.upload(resolve(folder, path)));
  const refOf = (input: unknown): unknown => (typeof input === 'string' ? (refs.get(input) ?? input) : input);
  const sent = entries.map(
    ([role, input]) => [role, Array.isArray(input) ? input.map(refOf) : refOf(input)] as const,
  );
  return { ...body, inputs: Object.fromEntries(sent) };
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function pathsOf(input: unknown): string[] {
  const parts: readonly unknown[] = Array.isArray(input) ? input : [input];
  return parts.filter((part): part is string => typeof part === 'string' && !part.startsWith('file:'));
}
