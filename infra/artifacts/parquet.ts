/** Records as a Parquet file, in memory that does not grow with their number. */
import { cellsOf, columnsOf, jsonFields, schemaOf } from './parquet-columns';
import type { Shape } from './parquet-shape';

/** Of JSON text; some ten times as much is in memory while a group is encoded. */
const GROUP_BYTES_MAX = 8 * 1024 ** 2;
const GROUP_RECORDS_MAX = 50_000;
/** A dictionary pays for labels, not for texts. */
const DICTIONARY_BYTES_MAX = 1024 ** 2;
const NEWLINE = 0x0a;

export interface ParquetInput {
  /** JSON lines. */
  readonly lines: AsyncIterable<Uint8Array>;
  /** Of all records: {@link Shape}. */
  readonly shape: Shape;
  /** Stands in the footer, with what a reader needs to get the records back: `perennial.json_fields`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of the file, a row group at a time. Equal records give equal bytes. */
export async function* parquetBytes({ lines, shape, metadata }: ParquetInput): AsyncIterable<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const columns = columnsOf(shape);
  const bytes = new ByteWriter();
  const keep = { ...metadata, 'perennial.json_fields': JSON.stringify(jsonFields(columns)) };
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    createdBy: 'Perennial',
    kvMetadata: Object.entries(keep).map(([key, value]) => ({ key, value })),
  });
  const take = (): Uint8Array => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0; // what was taken is not kept; `offset` goes on counting
    return taken;
  };
  for await (const group of groupsOf(lines)) {
    void file.write({
      columnData: columns.map((column) => ({ name: column.name, data: cellsOf(group, column, shape) })),
      rowGroupSize: group.length,
      dictionarySize: DICTIONARY_BYTES_MAX,
    });
    yield take();
  }
  void file.finish();
  yield take();
}

/** Records by row group: as many as fit into the memory meant for one, and at least one. */
async function* groupsOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<readonly unknown[]> {
  let records: unknown[] = [];
  let bytes = 0;
  for await (const line of linesOf(chunks)) {
    if (
      records.length > 0 &&
      (bytes + line.length > GROUP_BYTES_MAX || records.length >= GROUP_RECORDS_MAX)
    ) {
      yield records;
      [records, bytes] = [[], 0];
    }
    records.push(JSON.parse(line.toString('utf8')) as unknown);
    bytes += line.length;
  }
  if (records.length > 0) yield records;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...rest, bytes.subarray(from, at)]);
      [rest, from] = [[], at + 1];
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
  }
}
