/** If these fail, a report is wrong, cannot be read, or runs what a generated text contains. */
import fc from 'fast-check';
import { type ChartBlock, type DrawChart, renderReportHtml, type Report } from '../../../core/report';
import { loadCharts } from '../../../infra/charts/draw-chart';
import { SAMPLE_REPORT } from '../../support/sample-report';

let page: string;
let draw: DrawChart;
beforeAll(async () => {
  draw = await loadCharts();
  page = renderReportHtml(SAMPLE_REPORT, draw);
});

/** The page without its tags and style sheet, as a reader sees it. */
function visibleText(document: string): string {
  return document
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** A report in which a text from outside stands in every place that takes one. */
function reportOf(text: string): Report {
  return {
    ...SAMPLE_REPORT,
    title: text,
    verdict: text,
    strategy: text,
    paper: text,
    jobId: text,
    models: { [text]: text },
    params: { [text]: text },
    createdAt: text,
    finishedAt: text,
    datasetHash: text,
    notes: [text],
    stages: SAMPLE_REPORT.stages.map((stage) => ({
      ...stage,
      stage: text,
      title: text,
      reasons: { [text]: 1 },
    })),
    sections: [
      {
        title: text,
        blocks: [
          { type: 'text', text },
          { type: 'facts', facts: { [text]: text } },
          { type: 'table', columns: [text], rows: [[text]] },
          { type: 'samples', samples: [{ title: text, text }] },
          ...chartsNamed(text),
        ],
      },
    ],
  };
}

/** Charts of every kind that take this text wherever they take one. */
function chartsNamed(text: string): ChartBlock[] {
  const texts = { title: text, caption: text, x: { label: text }, y: { label: text } };
  return [
    { ...texts, type: 'lines', at: [text, `${text}2`], series: [{ name: text, values: [1, 2] }] },
    {
      ...texts,
      type: 'bars',
      categories: [text],
      series: [
        { name: text, values: [1] },
        { name: text, values: [2] },
      ],
    },
    { ...texts, type: 'forest', rows: [{ label: text, mean: 1, low: 0, high: 2 }] },
    { ...texts, type: 'histogram', edges: [0, 1], series: [{ name: text, counts: [1] }] },
  ];
}

const tagsOf = (document: string): string[] => document.match(/<[^>]*>/g) ?? [];

test('a record cannot add, close or change an element of the page, whatever it contains', () => {
  const tricky = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.constantFrom('<', '>', '"', "'", '&', '</style>', '<script>', '-->', 'x', ' '), {
      maxLength: 12,
    }),
  );
  // A letter in front, because an empty text leaves its paragraph out.
  const expected = tagsOf(renderReportHtml(reportOf('plain')));
  fc.assert(
    fc.property(tricky, (parts) => {
      const text = `x${typeof parts === 'string' ? parts : parts.join('')}`.replace(/\n\s*\n/g, '\n');
      expect(tagsOf(renderReportHtml(reportOf(text)))).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['a script', '<script>alert(1)</script>'],
  ['a way out of the drawing', '"/></text></svg><img src=x onerror=alert(1)>'],
  ['ten thousand characters', 'long '.repeat(2_000)],
  ['control characters and half a character', 'a\u0000\u001b\u2028\ud800b'],
  ['no letters at all', ' '],
])('a label with %s stays a label in every picture', (_, text) => {
  const found = renderReportHtml(reportOf(text), draw);
  const elements = new Set(tagsOf(found).map((tag) => /^<\/?([\w!]+)/.exec(tag)?.[1]));
  for (const bad of ['script', 'img', 'foreignObject', 'a', 'use', 'image'])
    expect(elements).not.toContain(bad);
  expect(found.replace(/"[^"]*"/g, '')).not.toMatch(/<[^>]*\son\w+=/i);
  expect(found.match(/<svg /g)).toHaveLength(2 * 5);
  expect(found.match(/<svg /g)).toHaveLength(found.match(/<\/svg>/g)?.length ?? 0);
  expect(Math.max(...(found.match(/<text[^>]*>[^<]*/g) ?? []).map(({ length }) => length))).toBeLessThan(
    1_000,
  );
});

test('pictures come out the same every time, and carry their numbers and a text for those who cannot see them', () => {
  expect(renderReportHtml(SAMPLE_REPORT, draw)).toBe(page);
  expect(page.match(/role="img" aria-label="[^"]{40,}"/g)).toHaveLength(5);
  expect(page).toContain('Lines of accuracy over round: errors extrapolated from 71.2 % to 84.2 %;');
  const text = visibleText(page);
  for (const wanted of ['83.1 % (81 % to 85.2 %)', '150 to 200', 'gold + errors − gold only', 'source-copy'])
    expect(text).toContain(wanted);
});

test('a chart that cannot be drawn is its table, open', () => {
  const bare = renderReportHtml(SAMPLE_REPORT);
  expect(bare).not.toContain('<svg');
  expect(visibleText(bare)).toContain('83.1 % (81 % to 85.2 %)');
});

test('the page needs nothing but itself: no script, no address that is fetched', () => {
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
  expect(page.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="https://arxiv.org/abs/2409.07431"']);
});

test('a reader finds the verdict, the numbers, the losses and the samples', () => {
  const text = visibleText(page);
  for (const wanted of [
    SAMPLE_REPORT.verdict,
    '23,824 planned = 22,751 accepted 1,045 rejected 28 failed 0 open',
    'Every planned row is accounted for.',
    'Asked again after a crash 41',
    '$20.07',
    '25.1 M in, 6.9 M out',
    'took 8 h 43 min',
    '11,412 accepted · 561 rejected · 27 failed of 12,000 rows',
    'source-copy 184 (1.5 %)',
    ...SAMPLE_REPORT.notes,
    'The almanac explains the habit by the loss of 1887.',
    SAMPLE_REPORT.datasetHash,
  ]) {
    expect(text).toContain(wanted);
  }
});

test('a sum that does not balance is said, not painted over [the result is honest]', () => {
  const proof = { ...SAMPLE_REPORT.proof, open: 3, balanced: false };
  const text = visibleText(renderReportHtml({ ...SAMPLE_REPORT, proof }));
  expect(text).toContain('Do not use this dataset');
  expect(text).not.toContain('Every planned row is accounted for');
});

test('without prices no cost is invented', () => {
  const cost = { ...SAMPLE_REPORT.cost, usd: null, usdPriced: 0, usdInDoubt: null, unpriced: ['mine/m'] };
  const stages = SAMPLE_REPORT.stages.map((stage) => ({ ...stage, costUsd: 0 }));
  const text = visibleText(renderReportHtml({ ...SAMPLE_REPORT, cost, stages }));
  expect(text).toContain('unknown: no price configured for mine/m; an unknown part is in doubt');
  expect(text).not.toContain('$');
});

test('what is known stays visible where one of two models has no price', () => {
  const cost = { ...SAMPLE_REPORT.cost, usd: null, usdPriced: 1.5, unpriced: ['mine/m'] };
  const text = visibleText(renderReportHtml({ ...SAMPLE_REPORT, cost }));
  expect(text).toContain('$1.50 and an unknown part: no price configured for mine/m');
});

test('a bill says what is in doubt, what was expected, and whose prices it rests on', () => {
  const cost = {
    ...SAMPLE_REPORT.cost,
    usdInDoubt: 0.04,
    estimatedUsd: { low: 18, high: 31 },
    pricesFrom: { 'openai/gpt-4o-mini': 'list 2026-10-14' },
    callsEstimated: 12,
  };
  const text = visibleText(renderReportHtml({ ...SAMPLE_REPORT, cost }));
  expect(text).toContain('$0.04 more is in doubt; estimated $18.00 to $31.00');
  expect(text).toContain('openai/gpt-4o-mini: list price as of 2026-10-14');
  expect(text).toContain('tokens of 12 calls counted here');
});

test('bars of a stage add up to its planned rows', () => {
  const bars = page.match(/<div class="bar".*?<\/div>/gs) ?? [];
  expect(bars).toHaveLength(4);
  for (const bar of bars) {
    const widths = [...bar.matchAll(/width:\s*([\d.]+)%/g)].map((match) => Number(match[1]));
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(100, 1);
  }
});
