import type { RowView } from '../job-rows';
import type { Client } from './client';

const PAGE_ROWS = '1000';

/** Every row of a job that fits, page by page. */
export async function* listRows(
  client: Pick<Client, 'rows'>,
  id: string,
  filter: Readonly<Record<string, string>>,
): AsyncIterable<RowView> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const query = { limit: PAGE_ROWS, ...filter, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.rows(id, query);
    yield* page.rows;
    cursor = page.next;
  }
}
