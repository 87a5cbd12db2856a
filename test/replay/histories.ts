import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';

export const HISTORIES = join(__dirname, 'histories');

export interface Recorded {
  readonly name: string;
  readonly json: RecordedJson;
}
export interface RecordedJson {
  readonly events: { workflowExecutionStartedEventAttributes?: { workflowId: string } }[];
}

export function recordedHistories(): Recorded[] {
  return readdirSync(HISTORIES)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, json: JSON.parse(readFileSync(join(HISTORIES, name), 'utf8')) as RecordedJson }));
}

/** A replay must run under the recorded workflow id, because child ids derive from it: it is in the first event. */
export function replayable({ json }: Recorded) {
  return {
    workflowId: json.events[0]!.workflowExecutionStartedEventAttributes!.workflowId,
    history: historyFromJSON(json),
  };
}
