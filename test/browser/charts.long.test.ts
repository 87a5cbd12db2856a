// typical: 15 s
/// <reference lib="dom" />
/** If these fail, a user cannot read the charts of a report on the screen at hand. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderReportHtml } from '../../core/report';
import { loadCharts } from '../../infra/charts/draw-chart';
import { openBrowser } from '../support/browser';
import { SAMPLE_REPORT } from '../support/sample-report';

const FONT_PIXELS_MIN = 9;

let browser: Awaited<ReturnType<typeof openBrowser>>;
const pictures = join(__dirname, '..', '..', 'lib', 'pictures');

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close(), 60_000);

/** What a reader would complain about in the charts that are shown. */
function faultsOnPage(fontPixelsMin: number): string[] {
  const faults: string[] = [];
  const shown = [...document.querySelectorAll<SVGSVGElement>('.chart svg')].filter(
    (svg) => svg.getBoundingClientRect().width > 0,
  );
  if (shown.length !== document.querySelectorAll('figure.chart').length) faults.push('a chart is not shown');
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push('the page scrolls sideways');
  for (const svg of shown) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      const name = `"${text.textContent}"`;
      if (box.height < fontPixelsMin) faults.push(`${name} is ${box.height} pixels high`);
      if (box.left < frame.left - 2 || box.right > frame.right + 2) faults.push(`${name} leaves its picture`);
      if (getComputedStyle(text).fill === 'rgb(0, 0, 0)') faults.push(`${name} is black in any scheme`);
    }
  }
  return faults;
}

it.each([
  [1_200, 'light'],
  [1_200, 'dark'],
  [400, 'light'],
  [400, 'dark'],
  [700, 'light'],
])(
  'shows every kind of chart at %i pixels, %s',
  async (width, scheme) => {
    const page = await browser.browser.newPage();
    await page.setViewport({ width, height: 1_200 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setContent(renderReportHtml(SAMPLE_REPORT, await loadCharts()));
    const path = join(pictures, `charts-${width}-${scheme}.png`) as `${string}.png`;
    await page.screenshot({ path, fullPage: true });
    expect(await page.evaluate(faultsOnPage, FONT_PIXELS_MIN)).toEqual([]);
    await page.close();
  },
  60_000,
);
