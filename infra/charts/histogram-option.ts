import type { CustomSeriesRenderItem } from 'echarts';
import { type ChartBlock, seriesColour } from '../../core/report';
import { type Canvas, type Drawing, GRID, known, NAME_ABOVE, NAME_BELOW, valueAxis } from './canvas';

type Histogram = Extract<ChartBlock, { readonly type: 'histogram' }>;

/** Bars between edges. Several series show through each other. */
export function histogramOption(chart: Histogram, canvas: Canvas): Drawing {
  const { edges, series } = chart;
  return {
    height: canvas.narrow ? 230 : 300,
    option: {
      grid: GRID,
      xAxis: {
        ...valueAxis(chart.x, canvas),
        ...NAME_BELOW,
        min: edges[0] ?? 0,
        max: edges.at(-1) ?? 1,
        splitLine: { show: false },
        axisLine: { show: true, onZero: false, lineStyle: { color: 'var(--line)' } },
      },
      yAxis: { ...valueAxis(chart.y, canvas), ...NAME_ABOVE, min: 0 },
      series: series.map(({ counts }, index) => ({
        type: 'custom' as const,
        silent: true,
        encode: { x: [0, 1], y: 2 },
        data: counts.flatMap((count, bin) => {
          const [from, to, amount] = [edges[bin], edges[bin + 1], known(count)];
          return from === undefined || to === undefined || amount === null || amount === 0
            ? []
            : [[from, to, amount]];
        }),
        renderItem: bar(seriesColour(chart, index), series.length > 1),
      })),
    },
  };
}

function bar(colour: string, seeThrough: boolean): CustomSeriesRenderItem {
  return (_, api) => {
    const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
    const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
    return {
      type: 'rect',
      shape: { x: left, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
      style: { fill: colour, opacity: seeThrough ? 0.55 : 1 },
    };
  };
}
