import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LINE_BYTES_MAX } from '../../core/story/limits';
import type { InputItem } from '../../core/strategy';
import { INPUT_EXTENSIONS, type InputFormat, inputFormatOf } from './input-format';
import { readCsv } from './read-csv';
import { firstBadByte, readLines } from './read-lines';
import { readParquet } from './read-parquet';

/** Characters of a faulty line that a message repeats. */
const QUOTED_CHARACTERS_MAX = 60;
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

export interface ReadOptions {
  /** Stop after the last item that lies wholly in this many bytes (of the unpacked text). */
  readonly bytesMax?: number;
  /** Called when `bytesMax` left something unread. */
  readonly onCut?: () => void;
}

/** An uploaded file: its bytes from the beginning, or a range of them. */
export interface InputSource {
  readonly bytes: number;
  read(range?: { readonly start: number; readonly end: number }): Readable;
}

/**
 * The items of an uploaded file, in order, in constant memory but for TXT and MD: one JSONL or CSV line or Parquet row each,
 * or a whole TXT or MD file as `{ text }`. What cannot be read is an item with `error`, and reading goes on where it can.
 */
export async function* readItems(
  name: string,
  source: InputSource,
  options: ReadOptions = {},
): AsyncIterable<InputItem> {
  const format = inputFormatOf(name);
  if (format === undefined) {
    yield { file: name, line: 1, error: `expected a file named ${INPUT_EXTENSIONS}` };
  } else if (format.format === 'parquet') yield* readParquet(name, source, options);
  else yield* readStream(name, source.read(), format, options);
}

async function* readStream(
  name: string,
  stream: Readable,
  format: InputFormat,
  options: ReadOptions,
): AsyncIterable<InputItem> {
  let cut = false;
  const onCut = (): void => {
    cut = true;
    options.onCut?.();
  };
  const limits = { ...options, onCut };
  try {
    const chunks: Readable = format.gzip ? unpack(stream) : stream;
    if (format.format === 'jsonl') yield* readJsonLines(name, chunks, limits);
    else if (format.format === 'csv') yield* readCsv(name, readLines(chunks, limits), () => cut);
    else yield* readText(name, chunks, limits);
  } catch (error) {
    if (!isUnpackFault(error)) throw error;
    yield { file: name, line: 1, error: `expected gzip data, got a fault: ${error.message}` };
  } finally {
    stream.destroy();
  }
}

function unpack(stream: Readable): Readable {
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

function isUnpackFault(error: unknown): error is { message: string } {
  return (
    typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('Z_')
  );
}

async function* readJsonLines(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: ReadOptions,
): AsyncIterable<InputItem> {
  for await (const { number, text, error } of readLines(chunks, limits)) {
    if (error !== undefined) yield { file, line: number, error };
    else if (text.trim() !== '') yield parseLine(file, number, text);
  }
}

/** The first whole number beyond 2^53: reading it has changed it already. */
function unsafeNumber(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values(value)) {
    const found = unsafeNumber(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parseLine(file: string, line: number, text: string): InputItem {
  try {
    const value = JSON.parse(text) as unknown;
    // Only a text with so many digits in a row can hold a number that JavaScript would change.
    const changed = /\d{16}/.test(text) ? unsafeNumber(value) : undefined;
    if (changed === undefined) return { file, line, value };
    return {
      file,
      line,
      error: `expected numbers that can be kept exactly, got one near ${changed}; put it in quotes`,
    };
  } catch {
    const shown =
      text.length > QUOTED_CHARACTERS_MAX
        ? `${text.slice(0, QUOTED_CHARACTERS_MAX).replace(HALF_CHARACTER, '')}…`
        : text;
    return { file, line, error: `expected one JSON value in the line, got: ${shown}` };
  }
}

async function* readText(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { bytesMax = Number.POSITIVE_INFINITY, onCut }: ReadOptions,
): AsyncIterable<InputItem> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.byteLength;
    if (length > LINE_BYTES_MAX) {
      yield { file, line: 1, error: `expected at most ${LINE_BYTES_MAX} bytes in a text file, got more` };
      return;
    }
    if (length > bytesMax) return onCut?.();
  }
  const bytes = Buffer.concat(parts, length);
  if (!isUtf8(bytes)) {
    const at = firstBadByte(bytes);
    yield {
      file,
      line: 1,
      error: `expected UTF-8 text, got a byte that is none at byte offset ${at}`,
    };
    return;
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() !== '') yield { file, line: 1, value: { text } };
}
