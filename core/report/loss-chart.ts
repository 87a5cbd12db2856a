import type { BarsChart } from './chart';
import { SERIES_SHOWN_MAX } from './chart-excerpt';
import { openRows } from '../story/vocabulary';
import type { StageReport } from './report';

/** Where rows were lost, and why: one bar a stage, one colour a reason. Nothing lost, nothing to see. */
export function lossChart(stages: readonly StageReport[]): BarsChart | undefined {
  const lossy = stages.filter((stage) => lostRows(stage) > 0);
  if (lossy.length === 0) return undefined;
  const totals = new Map<string, number>();
  for (const { reasons } of lossy)
    for (const [reason, count] of Object.entries(reasons))
      totals.set(reason, (totals.get(reason) ?? 0) + count);
  const ranked = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([reason]) => reason);
  // The last colour is kept for the rest: reasons beyond the palette, and rows whose reason nobody counted.
  const named = ranked.slice(0, SERIES_SHOWN_MAX - 1);
  const valuesOf = (reason: string): number[] => lossy.map(({ reasons }) => reasons[reason] ?? 0);
  const rest = lossy.map((stage) =>
    Math.max(0, lostRows(stage) - named.reduce((sum, reason) => sum + (stage.reasons[reason] ?? 0), 0)),
  );
  return {
    type: 'bars',
    title: 'Rows that were not accepted, by reason',
    x: { label: 'Stage' },
    y: { label: 'rows' },
    stacked: true,
    categories: lossy.map(({ title }) => title),
    series: [
      ...named.map((name) => ({ name, values: valuesOf(name) })),
      ...(rest.some((count) => count > 0) ? [{ name: 'other', tone: 'open' as const, values: rest }] : []),
    ],
  };
}

function lostRows(stage: StageReport): number {
  return stage.rejected + stage.failed + openRows(stage);
}
