import { type ChartBlock, seriesColour } from '../../core/report';
import { type Canvas, type Drawing, gridBesideNames, known, NAME_BELOW, nameAxis, valueAxis } from './canvas';

const BAR_PIXELS = 16;
const GAP_PIXELS = 16;

type Bars = Extract<ChartBlock, { readonly type: 'bars' }>;

/** Lying bars, one below the other. */
export function barsOption(chart: Bars, canvas: Canvas): Drawing {
  const beside = chart.stacked === true ? 1 : chart.series.length;
  const band = beside * BAR_PIXELS + GAP_PIXELS;
  return {
    height: chart.categories.length * band + 60,
    option: {
      grid: gridBesideNames(canvas),
      xAxis: { ...valueAxis(chart.y, canvas), ...NAME_BELOW },
      yAxis: nameAxis(chart.categories, canvas),
      series: chart.series.map(({ values }, index) => ({
        type: 'bar' as const,
        silent: true,
        clip: false,
        barWidth: BAR_PIXELS,
        barGap: '0%',
        ...(chart.stacked === true ? { stack: 'all' } : {}),
        itemStyle: { color: seriesColour(chart, index) },
        data: chart.categories.map((_, at) => known(values[at]) ?? '-'),
      })),
    },
  };
}
