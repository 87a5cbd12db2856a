/** If these fail, a report has no pictures, or other ones each time it is made. */
import fc from 'fast-check';
import type { ChartBlock, DrawChart } from '../../../core/report';
import { loadCharts } from '../../../infra/charts/draw-chart';
import { SAMPLE_REPORT } from '../../support/sample-report';

const charts = SAMPLE_REPORT.sections
  .flatMap(({ blocks }) => blocks)
  .filter((block): block is ChartBlock => 'x' in block);

let draw: DrawChart;
beforeAll(async () => {
  draw = await loadCharts();
});

it.each(charts.map((chart) => [chart.type, chart] as const))(
  'draws %s for a page and for a phone, the same after other pictures',
  (_, chart) => {
    const { wide, narrow } = draw(chart)!;
    for (const other of charts) draw(other);
    expect(draw(chart)).toEqual({ wide, narrow });
    expect(wide.text).toMatch(/^<svg [^>]*viewBox="0 0 840 [^]*var\(--chart-1\)/);
    expect(narrow.text).toMatch(/^<svg [^>]*viewBox="0 0 330 /);
    expect(narrow.text).not.toMatch(/NaN|undefined|Infinity/);
  },
);

it('draws each bar, interval and bin once', () => {
  const [, forest, histogram, bars] = charts;
  const marks = (chart: ChartBlock | undefined, mark: RegExp) =>
    draw(chart!)!.wide.text.match(mark)?.length ?? 0;
  expect(marks(forest, /<circle/g)).toBe(3);
  expect(marks(forest, /stroke-dasharray/g)).toBe(1);
  expect(marks(histogram, /<(?:rect|path)[^>]*fill="var\(--chart-1\)"/g)).toBe(6);
  expect(marks(bars, /<path[^>]*fill="var\(--chart-[12]\)"/g)).toBe(6);
});

it('draws nothing where there is nothing to see', () => {
  const none: ChartBlock = {
    type: 'bars',
    title: 't',
    x: { label: 'x' },
    y: { label: 'y' },
    categories: [],
    series: [],
  };
  expect(draw(none)).toBeUndefined();
  expect(draw({ ...none, categories: ['a'], series: [{ name: 's', values: [null] }] })).toBeUndefined();
});

it('survives any numbers and words', () => {
  const value = fc.option(
    fc.oneof(fc.double({ min: -1e9, max: 1e9 }), fc.constantFrom(NaN, Infinity, 1e308, 5e-324)),
  );
  const word = fc.string({ unit: 'binary', maxLength: 30 });
  const series = fc.array(fc.record({ name: word, values: fc.array(value, { maxLength: 5 }) }), {
    maxLength: 3,
  });
  const texts = { title: 't', x: { label: 'x' }, y: { label: 'y', format: 'share' as const } };
  fc.assert(
    fc.property(
      series,
      fc.array(word, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (some, words, stacked) => {
        const drawn = [
          draw({ ...texts, type: 'bars', categories: words, stacked, series: some }),
          draw({
            ...texts,
            type: 'lines',
            at: words,
            series: some.map((one) => ({ ...one, low: one.values, high: one.values })),
          }),
          draw({
            ...texts,
            type: 'forest',
            rows: words.map((label, at) => ({ label, mean: some[0]?.values[at] ?? 0, low: -1, high: 1 })),
          }),
        ];
        for (const pictures of drawn) expect(pictures?.wide.text ?? '<svg ').toMatch(/^<svg /);
      },
    ),
    { numRuns: 40 },
  );
});
