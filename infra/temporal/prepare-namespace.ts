import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../core/story/search-attributes';
import { Problem } from '../../core/problem';

/** The numbers of Temporal's `IndexedValueType`. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3, Double: 4 } as const;
const RETENTION_DAYS = 30;
const RETENTION_SECONDS = RETENTION_DAYS * 24 * 3_600;
const VISIBLE_POLLS_MAX = 100;
const VISIBLE_POLL_MS = 100;

/** Makes sure of the search attributes that jobs are started with, and that closed jobs stay in the UI for 30 days. */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await keepFor30Days(connection, namespace);
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]])),
    });
  } catch (error) {
    throw new Problem(
      'temporal-unavailable',
      `namespace ${namespace}: expected to create the search attributes ${missing.map(([name, type]) => `${name} (${type})`).join(', ')}, got: ${String(error)}. Have an administrator create them.`,
    );
  }
  for (let poll = 0; poll < VISIBLE_POLLS_MAX; poll++) {
    if ((await missingAttributes(connection, namespace)).length === 0) return;
    await sleep(VISIBLE_POLL_MS);
  }
}

async function missingAttributes(
  connection: Connection,
  namespace: string,
): Promise<[string, keyof typeof INDEXED_VALUE_TYPE][]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
}

async function keepFor30Days(connection: Connection, namespace: string): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= RETENTION_SECONDS) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS as never } },
  });
}
