/** What Temporal's own UI can filter and sort jobs by. Plain data: the story writes them, the dev server creates them. */
export const SEARCH_ATTRIBUTES: Readonly<Record<string, 'Keyword' | 'Int' | 'Double'>> = {
  JobState: 'Keyword',
  Strategy: 'Keyword',
  Tenant: 'Keyword',
  Stage: 'Keyword',
  Model: 'Keyword',
  RowsDone: 'Int',
  RowsTotal: 'Int',
  CostUsd: 'Double',
};
