import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
} from '@temporalio/common';
import type { OpenJobResult } from '../core/story/ports';
import { endedRows, type JobState, type RowCounts } from '../core/story/vocabulary';

const jobState = defineSearchAttributeKey('JobState', SearchAttributeType.KEYWORD);
const strategyName = defineSearchAttributeKey('Strategy', SearchAttributeType.KEYWORD);
const tenantName = defineSearchAttributeKey('Tenant', SearchAttributeType.KEYWORD);
const stageName = defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD);
const modelName = defineSearchAttributeKey('Model', SearchAttributeType.KEYWORD);
const rowsDone = defineSearchAttributeKey('RowsDone', SearchAttributeType.INT);
const rowsTotal = defineSearchAttributeKey('RowsTotal', SearchAttributeType.INT);

/** By these jobs are found and sorted in the Temporal UI. */
export function searchAttributes(
  { strategy, tenant, model }: OpenJobResult,
  state: JobState,
  stage: string,
  rows: RowCounts,
): SearchAttributeUpdatePair[] {
  return [
    { key: jobState, value: state },
    { key: strategyName, value: strategy },
    { key: tenantName, value: tenant },
    { key: stageName, value: stage },
    { key: modelName, value: model },
    { key: rowsDone, value: endedRows(rows) },
    { key: rowsTotal, value: rows.planned },
  ];
}
