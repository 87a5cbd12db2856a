/** A chart's numbers as a table: what the card shows, and what stands behind every picture. */
import type { ChartAxis, ChartBlock } from './chart';
import { formatNumber } from './format';

export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NOT_MEASURED = '–';

export function chartTable(chart: ChartBlock): ChartTable {
  switch (chart.type) {
    case 'lines':
      return {
        columns: [chart.x.label, ...chart.series.map(({ name }) => name)],
        rows: chart.at.map((at, index) => [
          typeof at === 'number' ? formatOn(chart.x, at) : at,
          ...chart.series.map(({ values, low, high }) =>
            withInterval(chart.y, values[index], low?.[index], high?.[index]),
          ),
        ]),
      };
    case 'bars':
      return {
        columns: [chart.x.label, ...chart.series.map(({ name }) => name)],
        rows: chart.categories.map((category, index) => [
          category,
          ...chart.series.map(({ values }) => formatOn(chart.y, values[index])),
        ]),
      };
    case 'forest':
      return {
        columns: ['', chart.x.label, 'from', 'to'],
        rows: chart.rows.map(({ label, mean, low, high }) => [
          label,
          ...[mean, low, high].map((value) => formatOn(chart.x, value)),
        ]),
      };
    case 'histogram':
      return {
        columns: [chart.x.label, ...chart.series.map(({ name }) => name)],
        rows: chart.edges
          .slice(1)
          .map((edge, index) => [
            `${formatOn(chart.x, chart.edges[index])} to ${formatOn(chart.x, edge)}`,
            ...chart.series.map(({ counts }) => formatOn(chart.y, counts[index])),
          ]),
      };
  }
}

export function formatOn({ format }: ChartAxis, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NOT_MEASURED;
  return format === 'share' ? `${formatNumber(Number((100 * value).toFixed(2)))} %` : formatNumber(value);
}

function withInterval(
  axis: ChartAxis,
  value: number | null | undefined,
  low: number | null | undefined,
  high: number | null | undefined,
): string {
  const mean = formatOn(axis, value);
  if (typeof low !== 'number' || typeof high !== 'number') return mean;
  return `${mean} (${formatOn(axis, low)} to ${formatOn(axis, high)})`;
}
