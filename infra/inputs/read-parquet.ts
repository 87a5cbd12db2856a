/** Parquet files as rows of plain JSON values. The columns stand at the end of the file: it is read by ranges. */
import type { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { LINE_BYTES_MAX } from '../../core/story/limits';
import type { InputItem } from '../../core/strategy';
import { plainValue } from './plain-value';

/** Bytes [start, end) of an uploaded file, which has this many. */
export interface ByteSource {
  readonly bytes: number;
  read(range: { readonly start: number; readonly end: number }): Readable;
}

/** Of a row group, unpacked: all of its columns are in memory while its rows are read. */
const GROUP_BYTES_MAX = 256 * 1024 ** 2;
/** Rows that are made at a time. */
const SLICE_BYTES = 16 * 1024 ** 2;
const PAGE_BYTES_MAX = GROUP_BYTES_MAX;
const ADVICE = 'with pandas: to_parquet(path, row_group_size=10000, compression="snappy")';

interface Limits {
  readonly bytesMax?: number;
  readonly onCut?: () => void;
}

/** @yields a row each; `line` is its number. A fault ends the file: where the next row begins is not known. */
export async function* readParquet(
  file: string,
  source: ByteSource,
  { bytesMax = Infinity, onCut }: Limits,
): AsyncIterable<InputItem> {
  const { parquetMetadataAsync, parquetReadObjects, snappyUncompress } = await import('hyparquet');
  const away: { error?: Error } = {};
  const compressors = unpackers(snappyUncompress);
  let row = 0;
  let bytes = 0;
  try {
    const buffer = bufferOf(source, away);
    const metadata = await parquetMetadataAsync(buffer);
    for (const { from, to } of slicesOf(metadata, bytesMax)) {
      const values = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        rowStart: from,
        rowEnd: to,
      });
      for (const value of values) {
        const item = itemOf(file, row + 1, value);
        bytes += sizeOf(item);
        if (bytes > bytesMax) return onCut?.();
        row += 1;
        yield item;
      }
    }
  } catch (error) {
    if (away.error !== undefined) throw away.error; // the store's fault, not the file's
    yield { file, line: row + 1, error: `expected a Parquet file, got a fault: ${messageOf(error)}` };
  }
}

function bufferOf(source: ByteSource, away: { error?: Error }): AsyncBuffer {
  return {
    byteLength: source.bytes,
    async slice(start, end = source.bytes) {
      const pieces: Uint8Array[] = [];
      try {
        if (end > start)
          for await (const piece of source.read({ start, end })) pieces.push(piece as Uint8Array);
      } catch (error) {
        away.error = error instanceof Error ? error : new Error(messageOf(error));
        throw error;
      }
      return Uint8Array.from(Buffer.concat(pieces)).buffer;
    },
  };
}

/** Rows that are read together: parts of a row group, of about equal size. @throws RangeError for a group beyond memory */
function* slicesOf({ row_groups }: FileMetaData, bytesMax: number): Iterable<{ from: number; to: number }> {
  let first = 0;
  for (const [index, group] of row_groups.entries()) {
    const rows = Number(group.num_rows);
    const unpacked = group.columns.reduce(
      (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
      0,
    );
    if (unpacked > GROUP_BYTES_MAX)
      throw new RangeError(
        `row group ${index} unpacks to ${unpacked} bytes, at most ${GROUP_BYTES_MAX} are read; write smaller groups, ${ADVICE}`,
      );
    const slices = Math.max(1, Math.ceil(unpacked / Math.min(SLICE_BYTES, bytesMax)));
    const step = Math.max(1, Math.ceil(rows / slices));
    for (let from = 0; from < rows; from += step)
      yield { from: first + from, to: first + Math.min(rows, from + step) };
    first += rows;
  }
}

/** Every page says how large it will be; none may be larger than a whole group. */
function unpackers(snappy: (input: Uint8Array, output: Uint8Array) => void): Compressors {
  const within = (length: number): number => {
    if (length > PAGE_BYTES_MAX)
      throw new RangeError(`a page unpacks to ${length} bytes, at most ${PAGE_BYTES_MAX} are read`);
    return length;
  };
  const refuse = (codec: string) => () => {
    throw new RangeError(`its pages are packed with ${codec}, which is not read; write it again, ${ADVICE}`);
  };
  return {
    SNAPPY: (input, length) => {
      const output = new Uint8Array(within(length));
      snappy(input, output);
      return output;
    },
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: within(length) || 1 }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: within(length) || 1 }),
    ZSTD: refuse('ZSTD'),
    LZ4: refuse('LZ4'),
    LZ4_RAW: refuse('LZ4_RAW'),
    LZO: refuse('LZO'),
  };
}

function itemOf(file: string, line: number, row: unknown): InputItem {
  try {
    return { file, line, value: plainValue(row) };
  } catch (error) {
    return { file, line, error: messageOf(error) };
  }
}

function sizeOf({ value }: InputItem): number {
  const bytes = value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
  if (bytes > LINE_BYTES_MAX)
    throw new RangeError(`a row of ${bytes} bytes, at most ${LINE_BYTES_MAX} are read`);
  return bytes;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
