/** A chart in words, for readers who cannot see the picture. */
import type { ChartBlock } from './chart';
import { shortLabel } from './chart-excerpt';
import { formatOn } from './chart-table';
import { formatNumber } from './format';

/** What kind of picture it is, and its ends: where the numbers begin and end, or which is the largest. */
export function describeChart(chart: ChartBlock): string {
  switch (chart.type) {
    case 'lines': {
      const ends = chart.series.map(({ name: full, values }) => {
        const name = shortLabel(full);
        const known = values.filter((value) => value !== null);
        return `${name} from ${formatOn(chart.y, known[0])} to ${formatOn(chart.y, known.at(-1))}`;
      });
      return sentence(`Lines of ${chart.y.label} over ${chart.x.label}`, ends);
    }
    case 'bars': {
      const largest = chart.series.map(({ name: full, values }) => {
        const name = shortLabel(full);
        const at = indexOfLargest(values);
        return at < 0
          ? `${name}: nothing`
          : `${name}: most at ${chart.categories[at] ?? ''}, ${formatOn(chart.y, values[at])}`;
      });
      return sentence(`Bars of ${chart.y.label} by ${chart.x.label}`, largest);
    }
    case 'forest':
      return sentence(
        `Means with intervals of ${chart.x.label}`,
        chart.rows.map(
          ({ label, mean, low, high }) =>
            `${label} ${formatOn(chart.x, mean)}, from ${formatOn(chart.x, low)} to ${formatOn(chart.x, high)}`,
        ),
      );
    case 'histogram': {
      const peaks = chart.series.map(({ name: full, counts }) => {
        const name = shortLabel(full);
        const at = indexOfLargest(counts);
        return `${name}: most between ${formatOn(chart.x, chart.edges[at])} and ${formatOn(chart.x, chart.edges[at + 1])}`;
      });
      return sentence(`Histogram of ${chart.x.label}`, peaks);
    }
  }
}

/** Of a long list the first parts are enough: the table follows. */
const PARTS_MAX = 6;

function sentence(kind: string, parts: readonly string[]): string {
  const more = parts.length > PARTS_MAX ? [`and ${formatNumber(parts.length - PARTS_MAX)} more`] : [];
  return `${kind}: ${[...parts.slice(0, PARTS_MAX), ...more].join('; ')}.`;
}

function indexOfLargest(values: readonly (number | null)[]): number {
  return values.reduce<number>((best, value, index) => {
    if (value === null) return best;
    return best < 0 || value > (values[best] ?? -Infinity) ? index : best;
  }, -1);
}
