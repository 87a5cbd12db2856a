import type { CustomSeriesRenderItem } from 'echarts';
import { type ChartBlock, seriesColour } from '../../core/report';
import {
  type Canvas,
  type Drawing,
  FONT_PIXELS,
  GRID,
  known,
  NAME_ABOVE,
  NAME_BELOW,
  valueAxis,
} from './canvas';

type Lines = Extract<ChartBlock, { readonly type: 'lines' }>;

/** Told apart by shape where colours are not. */
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const;

/** Lines over numbers or words; intervals are bands around them. */
export function linesOption(chart: Lines, canvas: Canvas): Drawing {
  const byNumber = chart.at.every((at) => typeof at === 'number');
  const placeOf = (index: number): number => (byNumber ? Number(chart.at[index]) : index);
  const bands = chart.series.flatMap((series, index) => bandOf(series, seriesColour(chart, index), placeOf));
  return {
    height: canvas.narrow ? 250 : 340,
    option: {
      grid: GRID,
      xAxis: byNumber
        ? {
            ...valueAxis(chart.x, canvas),
            ...NAME_BELOW,
            min: 'dataMin',
            max: 'dataMax',
            splitLine: { show: false },
            ...(chart.at.every(Number.isInteger) ? { minInterval: 1 } : {}),
          }
        : wordAxis(chart, canvas),
      yAxis: { ...valueAxis(chart.y, canvas), ...NAME_ABOVE, scale: true },
      series: [
        ...bands,
        ...chart.series.map(({ values }, index) => ({
          type: 'line' as const,
          silent: true,
          clip: false,
          symbol: SYMBOLS[index % SYMBOLS.length] ?? 'circle',
          symbolSize: 8,
          showAllSymbol: true,
          lineStyle: { color: seriesColour(chart, index), width: 2 },
          itemStyle: { color: seriesColour(chart, index) },
          data: chart.at.map((_, at) => [placeOf(at), known(values[at]) ?? '-']),
        })),
      ],
    },
  };
}

function wordAxis(chart: Lines, canvas: Canvas) {
  const room = (canvas.width - 80) / Math.max(1, chart.at.length);
  return {
    type: 'category' as const,
    name: chart.x.label,
    nameTruncate: { maxWidth: canvas.width - 60, ellipsis: '…' },
    ...NAME_BELOW,
    data: chart.at.map((value) => ({ value: String(value) })),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: 'var(--line)' } },
    nameTextStyle: { color: 'var(--soft)', fontSize: FONT_PIXELS },
    axisLabel: {
      color: 'var(--soft)',
      fontSize: FONT_PIXELS,
      width: Math.max(40, room - 6),
      overflow: 'truncate' as const,
      hideOverlap: true,
    },
  };
}

type Place = readonly [x: number, low: number, high: number];

/** One band for each run of places that have an interval; a single place is an upright line. */
function bandOf({ low, high }: Lines['series'][number], colour: string, placeOf: (index: number) => number) {
  if (low === undefined || high === undefined) return [];
  const runs: Place[][] = [[]];
  for (const [index, from] of low.entries()) {
    const [bottom, top] = [known(from), known(high[index])];
    if (bottom === null || top === null) runs.push([]);
    else runs.at(-1)!.push([placeOf(index), bottom, top]);
  }
  const shown = runs.filter((run) => run.length > 0);
  const renderItem: CustomSeriesRenderItem = (_, api) => ({
    type: 'group',
    children: shown.map((run) => {
      const points = [
        ...run.map(([x, , top]) => api.coord([x, top])),
        ...run.toReversed().map(([x, bottom]) => api.coord([x, bottom])),
      ];
      return {
        type: 'polygon' as const,
        shape: { points: points.map(([x = 0, y = 0]) => [x, y]) },
        style: { fill: colour, opacity: 0.16, ...(run.length === 1 ? { stroke: colour, lineWidth: 6 } : {}) },
      };
    }),
  });
  // The numbers are there for the axis: one mark draws all bands.
  const ends = shown.flat().flatMap(([x, bottom, top]) => [
    [x, bottom],
    [x, top],
  ]);
  return [
    {
      type: 'custom' as const,
      silent: true,
      data: ends,
      renderItem: onlyFirst(renderItem),
      encode: { x: 0, y: 1 },
    },
  ];
}

function onlyFirst(renderItem: CustomSeriesRenderItem): CustomSeriesRenderItem {
  return (params, api) => (params.dataIndex === 0 ? renderItem(params, api) : undefined);
}
