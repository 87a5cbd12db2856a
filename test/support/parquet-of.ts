import { parquetBytes } from '../../infra/artifacts/parquet';
import { join, NOTHING, shapeOf } from '../../infra/artifacts/parquet-shape';

/** Records as the product writes them. */
export async function parquetOf(
  records: readonly unknown[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const shape = records.map((record) => shapeOf(record)).reduce(join, NOTHING);
  const pieces: Uint8Array[] = [];
  for await (const piece of parquetBytes({ lines: linesOf(records), shape, metadata })) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* linesOf(records: readonly unknown[]): AsyncIterable<Uint8Array> {
  for (const record of records) yield Buffer.from(`${JSON.stringify(record)}\n`);
}
