import type { CustomSeriesRenderItem } from 'echarts';
import type { ChartBlock } from '../../core/report';
import { type Canvas, type Drawing, gridBesideNames, known, NAME_BELOW, nameAxis, valueAxis } from './canvas';

const ROW_PIXELS = 36;
const CAP_PIXELS = 5;
const MEAN_PIXELS = 5;

type Forest = Extract<ChartBlock, { readonly type: 'forest' }>;

/** Means with whiskers, and a line where there would be no effect. */
export function forestOption(chart: Forest, canvas: Canvas): Drawing {
  const { reference } = chart;
  const rows = chart.rows.map(({ mean, low, high }, row) => [row, mean, low, high].map(known));
  const values = [...rows.flatMap((row) => row.slice(1)), known(reference)].filter((value) => value !== null);
  const margin = 0.06 * (Math.max(...values) - Math.min(...values));
  return {
    height: chart.rows.length * ROW_PIXELS + 60,
    option: {
      grid: gridBesideNames(canvas),
      xAxis: {
        ...valueAxis(chart.x, canvas),
        ...NAME_BELOW,
        scale: true,
        min: ({ min }) => Math.min(min, reference ?? min) - margin,
        max: ({ max }) => Math.max(max, reference ?? max) + margin,
        axisLabel: {
          ...valueAxis(chart.x, canvas).axisLabel,
          showMinLabel: false,
          showMaxLabel: false,
        },
      },
      yAxis: nameAxis(
        chart.rows.map(({ label }) => label),
        canvas,
      ),
      series: [
        {
          type: 'custom',
          silent: true,
          encode: { x: [1, 2, 3], y: 0 },
          data: rows,
          renderItem: whisker,
        },
        ...(reference === undefined ? [] : [referenceLine(reference, chart.rows.length)]),
      ],
    },
  };
}

const whisker: CustomSeriesRenderItem = (_, api) => {
  const [row, mean, low, high] = [0, 1, 2, 3].map((dimension) => api.value(dimension) as number);
  const [x = 0, y = 0] = api.coord([mean, row]);
  const [from = x] = Number.isFinite(low) ? api.coord([low, row]) : [x];
  const [to = x] = Number.isFinite(high) ? api.coord([high, row]) : [x];
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: 'var(--chart-1)', lineWidth: 2, fill: 'none' },
  });
  return {
    type: 'group',
    children: [
      line(from, y, to, y),
      line(from, y - CAP_PIXELS, from, y + CAP_PIXELS),
      line(to, y - CAP_PIXELS, to, y + CAP_PIXELS),
      { type: 'circle', shape: { cx: x, cy: y, r: MEAN_PIXELS }, style: { fill: 'var(--chart-1)' } },
    ],
  };
};

function referenceLine(at: number, rows: number) {
  const renderItem: CustomSeriesRenderItem = (_, api) => {
    const [x = 0, top = 0] = api.coord([at, 0]);
    const [, bottom = 0] = api.coord([at, rows - 1]);
    return {
      type: 'line',
      shape: { x1: x, y1: top - ROW_PIXELS / 2, x2: x, y2: bottom + ROW_PIXELS / 2 },
      style: { stroke: 'var(--ink)', lineWidth: 1, lineDash: [4, 3], fill: 'none' },
    };
  };
  return { type: 'custom' as const, silent: true, encode: { x: 1, y: 0 }, data: [[0, at]], renderItem };
}
