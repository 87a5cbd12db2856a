/** Charts as SVG, drawn by echarts without a browser. */
import { type ChartBlock, type ChartPictures, type DrawChart, safeSvg } from '../../core/report';
import { barsOption } from './bars-option';
import { type Canvas, type Drawing, known, NARROW_PIXELS, WIDE_PIXELS } from './canvas';
import { forestOption } from './forest-option';
import { histogramOption } from './histogram-option';
import { linesOption } from './lines-option';

/**
 * Loads echarts, which costs some 30 MB, and draws with it: the picture for a wide and for a narrow page, undefined where a
 * chart has nothing to show. Equal charts give equal bytes.
 */
export async function loadCharts(): Promise<DrawChart> {
  const { init } = await import('echarts');
  const draw = (chart: ChartBlock, canvas: Canvas) => {
    const { height, option } = optionOf(chart, canvas);
    const picture = init(null, null, { renderer: 'svg', ssr: true, width: canvas.width, height });
    try {
      picture.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
      return safeSvg(picture.renderToSVGString({ useViewBox: true }));
    } finally {
      picture.dispose(); // its timers would keep the process alive
    }
  };
  return (chart): ChartPictures | undefined =>
    isEmpty(chart)
      ? undefined
      : {
          wide: draw(chart, { width: WIDE_PIXELS, narrow: false }),
          narrow: draw(chart, { width: NARROW_PIXELS, narrow: true }),
        };
}

function optionOf(chart: ChartBlock, canvas: Canvas): Drawing {
  switch (chart.type) {
    case 'lines':
      return linesOption(chart, canvas);
    case 'bars':
      return barsOption(chart, canvas);
    case 'forest':
      return forestOption(chart, canvas);
    case 'histogram':
      return histogramOption(chart, canvas);
  }
}

function isEmpty(chart: ChartBlock): boolean {
  const none = (values: readonly (number | null)[]): boolean =>
    values.every((value) => known(value) === null);
  switch (chart.type) {
    case 'lines':
    case 'bars':
      return chart.series.every(({ values }) => none(values));
    case 'forest':
      return none(chart.rows.map(({ mean }) => mean));
    case 'histogram':
      return chart.edges.length < 2 || chart.series.every(({ counts }) => none(counts));
  }
}
