/** What of a chart fits into a picture. The table beside it has all of it. */
import type { BarsChart, ChartAxis, ChartBlock, ForestChart, LinesChart } from './chart';

/** More lie too close to be told apart, or make a picture longer than a screen. */
export const SERIES_SHOWN_MAX = 8;
const PLACES_SHOWN_MAX = 200;
const BARS_SHOWN_MAX = 40;
const ROWS_SHOWN_MAX = 40;
/** A label is cut to its room when it is drawn; this only keeps a whole document out of the drawing. */
const LABEL_CHARACTERS_MAX = 80;

export interface ChartExcerpt {
  readonly chart: ChartBlock;
  /** What the picture leaves out, as a sentence. */
  readonly leftOut?: string;
}

export function excerptOf(whole: ChartBlock): ChartExcerpt {
  const chart = { ...whole, x: shortAxis(whole.x), ...('y' in whole ? { y: shortAxis(whole.y) } : {}) };
  switch (chart.type) {
    case 'lines': {
      const shown: LinesChart = {
        ...chart,
        at: isNumbers(chart.at)
          ? chart.at.slice(0, PLACES_SHOWN_MAX)
          : chart.at.slice(0, PLACES_SHOWN_MAX).map(shortLabel),
        series: chart.series.slice(0, SERIES_SHOWN_MAX),
      };
      return excerpt(shown, [
        [shown.at.length, chart.at.length, 'places'],
        [shown.series.length, chart.series.length, 'series'],
      ]);
    }
    case 'bars': {
      const shown: BarsChart = {
        ...chart,
        categories: chart.categories.slice(0, BARS_SHOWN_MAX).map(shortLabel),
        series: chart.series.slice(0, SERIES_SHOWN_MAX),
      };
      return excerpt(shown, [
        [shown.categories.length, chart.categories.length, 'bars'],
        [shown.series.length, chart.series.length, 'series'],
      ]);
    }
    case 'forest': {
      const rows = chart.rows.slice(0, ROWS_SHOWN_MAX);
      const shown: ForestChart = {
        ...chart,
        rows: rows.map((row) => ({ ...row, label: shortLabel(row.label) })),
      };
      return excerpt(shown, [[rows.length, chart.rows.length, 'rows']]);
    }
    case 'histogram': {
      const shown = { ...chart, series: chart.series.slice(0, SERIES_SHOWN_MAX) };
      return excerpt(shown, [[shown.series.length, chart.series.length, 'series']]);
    }
  }
}

function excerpt(chart: ChartBlock, counts: readonly (readonly [number, number, string])[]): ChartExcerpt {
  const cuts = counts.filter(([shown, all]) => shown < all);
  if (cuts.length === 0) return { chart };
  const words = cuts.map(([shown, all, what]) => `the first ${shown} of ${all} ${what}`).join(' and ');
  return { chart, leftOut: `The picture shows ${words}; the numbers below are complete.` };
}

/** One line, without what a page may not contain, and not longer than a picture has room for. */
export function shortLabel(text: string): string {
  const line = text
    .slice(0, 4 * LABEL_CHARACTERS_MAX)
    .replace(/[\s\p{Cc}\p{Cn}\p{Cs}]+/gu, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= LABEL_CHARACTERS_MAX
    ? line
    : `${characters.slice(0, LABEL_CHARACTERS_MAX - 1).join('')}…`;
}

const shortAxis = (axis: ChartAxis): ChartAxis => ({ ...axis, label: shortLabel(axis.label) });

function isNumbers(at: readonly number[] | readonly string[]): at is readonly number[] {
  return typeof at[0] === 'number';
}
