import type { PlannedRow, RowsStage } from '../core/strategy';
import type { JobReader } from './reader';

/** The items a row points to, by the stage's local names. */
export async function readSources(
  stage: Pick<RowsStage, 'reads'>,
  read: JobReader,
  row: Pick<PlannedRow, 'sources'>,
): Promise<Record<string, readonly unknown[]>> {
  const sources: Record<string, readonly unknown[]> = {};
  for (const [name, ordinals] of Object.entries(row.sources)) {
    const collection = stage.reads[name];
    if (collection === undefined)
      throw new TypeError(`a row points into "${name}", which its stage does not read`);
    sources[name] = await read.items<unknown>(collection, ordinals);
  }
  return sources;
}
