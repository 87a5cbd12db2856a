import { Readable } from 'node:stream';
import { ulid } from 'ulid';
import type { JobBody } from '../core/job-body';
import { Problem } from '../core/problem';
import { INPUT_HEAD_BYTES } from '../core/story/limits';
import type { InputItem, InputRole, InputSize, Strategy } from '../core/strategy';
import { type FileRow, insertFile, readFile } from '../infra/database/files';
import { formatsOf, inputFormatOf } from '../infra/inputs/input-format';
import { type InputSource, readItems } from '../infra/inputs/read-input';
import { type ApiContext, TENANT } from './context';
import { unknownName } from './zod-problem';

type InlineRows = readonly Readonly<Record<string, unknown>>[];
type Source = { readonly files: readonly FileRow[] } | { readonly rows: InlineRows };

export interface Inputs {
  /** The first {@link INPUT_HEAD_BYTES} of each file of a role, or its inline rows. */
  read(role: string): AsyncIterable<InputItem>;
  /** Reads the heads once. */
  measure(): Promise<Readonly<Record<string, InputSize>>>;
  /** File ids by role; inline rows become files here, so call it when nothing can be refused any more. */
  keep(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** The first items of each role as `file:<id>`, of roles not named all of them. Writes files where one must be cut. */
  cut(items: Readonly<Record<string, number>>): Promise<Readonly<Record<string, string[]>>>;
}

/** @throws Problem `params-invalid` for roles and formats, `file-not-found` */
export async function admitInputs(
  context: ApiContext,
  strategy: Strategy,
  given: JobBody['inputs'],
): Promise<Inputs> {
  const sources = await findSources(context, strategy, given);
  const cutRoles = new Set<string>();
  const read = (role: string): AsyncIterable<InputItem> =>
    readSource(context, role, sources[role], () => cutRoles.add(role));
  return {
    read,
    async measure() {
      const sizes: Record<string, InputSize> = {};
      for (const role of Object.keys(sources)) {
        let items = 0;
        let characters = 0;
        for await (const item of read(role)) {
          items += 1;
          characters += charactersOf(item.value);
        }
        sizes[role] = { items, characters, complete: !cutRoles.has(role) };
      }
      return sizes;
    },
    async keep() {
      const ids: Record<string, readonly string[]> = {};
      for (const [role, source] of Object.entries(sources)) {
        ids[role] =
          'files' in source
            ? source.files.map((file) => file.id)
            : [await keepRows(context, role, source.rows)];
      }
      return ids;
    },
    async cut(items) {
      const refs: Record<string, string[]> = {};
      for (const [role, source] of Object.entries(sources)) {
        const ids = await cutSource(context, role, source, items[role] ?? Infinity);
        refs[role] = ids.map((id) => `file:${id}`);
      }
      return refs;
    },
  };
}

async function findSources(
  context: ApiContext,
  strategy: Strategy,
  given: JobBody['inputs'],
): Promise<Record<string, Source>> {
  const roles = Object.keys(strategy.inputs);
  for (const role of Object.keys(given)) {
    if (!roles.includes(role))
      throw new Problem('params-invalid', `inputs.${role}: ${unknownName(role, roles)}`, `inputs.${role}`);
  }
  const sources: Record<string, Source> = {};
  for (const [role, wanted] of Object.entries(strategy.inputs)) {
    const input = Object.hasOwn(given, role) ? given[role] : undefined;
    if (input !== undefined) sources[role] = await findSource(context, role, wanted, input);
    else if (wanted.required) {
      throw new Problem(
        'params-invalid',
        `inputs.${role}: expected "file:<id>", a list of them, or rows (${wanted.description}), got nothing. Upload files with POST /v1/files.`,
        `inputs.${role}`,
      );
    }
  }
  return sources;
}

async function findSource(
  context: ApiContext,
  role: string,
  wanted: InputRole,
  input: JobBody['inputs'][string],
): Promise<Source> {
  const at = `inputs.${role}`;
  const refs = typeof input === 'string' ? [input] : input;
  if (!isFileRefs(refs)) {
    if (!wanted.formats.includes('jsonl'))
      throw new Problem(
        'params-invalid',
        `${at}: expected files (${formatsOf(wanted).join(', ')}), got rows.`,
        at,
      );
    return { rows: refs as InlineRows };
  }
  const files: FileRow[] = [];
  for (const ref of refs) {
    const file = await fileOf(context, ref.slice('file:'.length), at);
    const format = inputFormatOf(file.name)?.format;
    if (format === undefined || !formatsOf(wanted).includes(format)) {
      throw new Problem(
        'params-invalid',
        `${at}: expected a file of ${formatsOf(wanted).join(', ')} (${wanted.description}), got "${file.name}".`,
        at,
      );
    }
    files.push(file);
  }
  return { files };
}

function isFileRefs(input: readonly unknown[]): input is readonly string[] {
  return typeof input[0] === 'string';
}

async function fileOf(context: ApiContext, id: string, at: string): Promise<FileRow> {
  try {
    const file = await readFile(context.db, TENANT, id);
    if (await context.artifacts.has(file.sha256)) return file;
  } catch (error) {
    throw error instanceof Problem ? new Problem(error.code, `${at}: ${error.message}`, at) : error;
  }
  throw new Problem('file-not-found', `${at}: the content of file "${id}" is gone; upload it again.`, at);
}

async function* readSource(
  context: ApiContext,
  role: string,
  source: Source | undefined,
  onCut: () => void,
): AsyncIterable<InputItem> {
  if (source === undefined) return;
  if ('rows' in source) {
    const file = inlineName(role);
    yield* source.rows.map((value, index) => ({ file, line: index + 1, value }));
    return;
  }
  for (const file of source.files)
    yield* readItems(file.name, contentOf(context, file), { bytesMax: INPUT_HEAD_BYTES, onCut });
}

function contentOf({ artifacts }: ApiContext, { sha256, bytes }: FileRow): InputSource {
  return { bytes, read: (range) => artifacts.read(sha256, range) };
}

/** Whole files where they fit; of the one that does not, its first items as JSONL. */
async function cutSource(
  context: ApiContext,
  role: string,
  source: Source,
  itemsMax: number,
): Promise<string[]> {
  if ('rows' in source) return [await keepRows(context, role, source.rows.slice(0, itemsMax))];
  if (itemsMax === Infinity) return source.files.map((file) => file.id);
  const ids: string[] = [];
  let left = itemsMax;
  for (const file of source.files) {
    if (left <= 0) break;
    const items: Readonly<Record<string, unknown>>[] = [];
    let more = false;
    for await (const { value } of readItems(file.name, contentOf(context, file))) {
      more = items.length >= left;
      if (more) break;
      if (value !== undefined) items.push(value as Readonly<Record<string, unknown>>);
    }
    // A document's own file name can be part of what the model is told, so that a file is cut only where it must be.
    ids.push(more ? await keepRows(context, role, items) : file.id);
    left -= items.length;
  }
  return ids;
}

const inlineName = (role: string): string => `inline-${role}.jsonl`;

async function keepRows({ artifacts, db }: ApiContext, role: string, rows: InlineRows): Promise<string> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
  const { sha256, bytes } = await artifacts.write(Readable.from(lines));
  const id = newFileId();
  await insertFile(db, { tenant: TENANT, id, name: inlineName(role), sha256, bytes, at: Date.now() });
  return id;
}

export function newFileId(): string {
  return `f-${ulid().toLowerCase()}`;
}

/** Of the texts in an item: what estimates are made from. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce(
    (sum: number, part) => sum + (typeof part === 'string' ? part.length : 0),
    0,
  );
}
