/** If these fail, a chart shows other numbers than the report has, or hides that it leaves some out. */
import type { BarsChart } from '../../../core/report/chart';
import { excerptOf, shortLabel } from '../../../core/report/chart-excerpt';
import { chartTable } from '../../../core/report/chart-table';
import { histogramOf } from '../../../core/report/histogram-of';
import { lossChart } from '../../../core/report/loss-chart';
import { safeSvg } from '../../../core/report/safe-svg';
import { SAMPLE_REPORT } from '../../support/sample-report';

const bars: BarsChart = {
  type: 'bars',
  title: 't',
  x: { label: 'label' },
  y: { label: 'share', format: 'share' },
  categories: ['a', 'b'],
  series: [{ name: 's', values: [0.125, null] }],
};

it('says the same as a table: shares in percent, a dash for what was not measured', () => {
  expect(chartTable(bars)).toEqual({
    columns: ['label', 's'],
    rows: [
      ['a', '12.5 %'],
      ['b', '–'],
    ],
  });
});

it('names what a picture has no room for, and keeps it in the table', () => {
  const categories = Array.from({ length: 41 }, (_, index) => `c${index}`);
  const many = { ...bars, categories };
  expect(excerptOf(many).leftOut).toContain('the first 40 of 41 bars');
  expect(chartTable(many).rows).toHaveLength(41);
  expect(excerptOf(bars)).not.toHaveProperty('leftOut');
  expect(shortLabel('x'.repeat(10_000))).toHaveLength(80);
});

it('shows every row that was lost, with the reasons that do not fit as one', () => {
  const chart = lossChart(SAMPLE_REPORT.stages)!;
  const lost = chart.series
    .flatMap(({ values }) => values)
    .reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const { rejected, failed } = SAMPLE_REPORT.proof.rows;
  expect(lost).toBe(rejected + failed);
  const reasons = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`r${index}`, 12 - index]));
  const [stage] = SAMPLE_REPORT.stages.slice(1);
  const full = lossChart([{ ...stage!, planned: 100, accepted: 20, rejected: 80, failed: 0, reasons }])!;
  expect(full.series.map(({ name }) => name)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'other']);
  expect(full.series.at(-1)?.values).toEqual([80 - (12 + 11 + 10 + 9 + 8 + 7 + 6)]);
  expect(lossChart(SAMPLE_REPORT.stages.filter(({ planned }) => planned === 0))).toBeUndefined();
});

it('counts every value into bins with round edges', () => {
  const counts = new Map([
    [3, 2],
    [97, 1],
    [100, 4],
  ]);
  const { edges, series } = histogramOf([{ name: 'a', counts }]);
  expect(edges.slice(0, 3)).toEqual([0, 5, 10]);
  expect(edges.at(-1)).toBe(105);
  expect(series[0]?.counts.reduce((sum, count) => sum + count, 0)).toBe(7);
  expect(series[0]?.counts.at(-1)).toBe(4);
  expect(histogramOf([{ name: 'a', counts: new Map() }]).edges).toEqual([0, 1]);
});

it.each([
  '<svg><script>1</script></svg>',
  '<svg><foreignObject></foreignObject></svg>',
  '<svg><text>a < b</text></svg>',
  '<svg><image href="x"/></svg>',
])('takes no drawing like %s', (drawing) => expect(() => safeSvg(drawing)).toThrow(RangeError));

it('drops from a drawing what could act, point elsewhere or clash', () => {
  const drawing =
    '<svg viewBox="0 0 1 1" onload="x()"><style ><![CDATA[.a:hover{fill:red}]]></style><path id="p" class="a" style="x" fill="url(#g)" d="M0 0"></path></svg>';
  expect(safeSvg(drawing).text).toBe('<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>');
});
