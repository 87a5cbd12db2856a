/** The artefact test of a round: where looks tell labels, lengths are balanced once, and the test is made again. */
import { artefactGap } from './artefact-gap';
import type { ArtefactOptions, ArtefactReport, ArtefactRow } from './artefact-gap';
import { rebalanceLengths } from './artefact-lengths';

export { surfaceFeatures } from './artefact-features';
export { artefactGap } from './artefact-gap';
export type { ArtefactOptions, ArtefactReport, ArtefactRow } from './artefact-gap';
export { rebalanceLengths } from './artefact-lengths';
export { tableScore } from './artefact-table';

export interface ArtefactVerdict {
  readonly before: ArtefactReport;
  /** Where rows were left out. */
  readonly after?: ArtefactReport;
  /** Places in `newRows` of the rows left out (`artefact-rebalance`), ascending. */
  readonly dropped: readonly number[];
  /** Still over: what to do is not decided here. */
  readonly over: boolean;
}

export function testArtefacts(
  newRows: readonly ArtefactRow[],
  mineRows: readonly ArtefactRow[],
  options: ArtefactOptions,
): ArtefactVerdict {
  const before = artefactGap(newRows, mineRows, options);
  const dropped = before.over ? rebalanceLengths(newRows, options.seed) : [];
  if (dropped.length === 0) return { before, dropped, over: before.over };
  const left = new Set(dropped);
  const after = artefactGap(
    newRows.filter((_, place) => !left.has(place)),
    mineRows,
    options,
  );
  return { before, after, dropped, over: after.over };
}
