// typical: 60 s
/// <reference lib="dom" />
/** If these fail, a user opens a page and sees nothing, or not what happened. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { ENTIGRAPH_EXAMPLES } from '../../core/strategies/entigraph/examples';
import { openBrowser } from '../support/browser';
import { type JobSeen, TestStack } from '../support/test-stack';

let stack: TestStack;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let id: string;
const pictures = join(__dirname, '..', '..', 'lib', 'pictures');
const picture = (name: string) => join(pictures, name) as `${string}.png`;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  stack = await TestStack.create('providers: {}\n');
  await stack.start();
  browser = await openBrowser();
  const { status, body } = await stack.post<JobSeen>('/jobs', ENTIGRAPH_EXAMPLES[0]);
  expect(status).toBe(201);
  id = body.id;
  await stack.waitFor(id, ['succeeded']);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await stack.remove();
}, 60_000);

/** Opens a page; anything it asks of another host, and any error in its console, fails the test. */
async function open(url: string, width = 1_200): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') faults.push(request.url());
  });
  await page.setViewport({ width, height: 1_400 });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return { page, faults };
}

it.each([1_200, 400])(
  'shows the report, whole and without a sideways scroll, at %i pixels',
  async (width) => {
    const { page, faults } = await open(`${stack.api}/v1/jobs/${id}/report?format=html`, width);
    const text = await page.$eval('body', (body) => body.innerText);
    const job = await stack.job(id);
    for (const word of [id, String(job.summary!.records), 'canonicalise', 'Simulation'])
      expect(text).toContain(word);
    const [wide, screen] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(wide).toBeLessThanOrEqual(screen!);
    await page.screenshot({ path: picture(`report-${width}.png`), fullPage: true });
    expect(faults).toEqual([]);
    await page.close();
  },
  60_000,
);

it('shows the job in the Temporal UI with its stages', async () => {
  const { links } = await stack.get<{ links: { temporal: string } }>(`/jobs/${id}`);
  const { page } = await open(links.temporal, 1_500);
  await page.waitForFunction(
    (word) => document.body.innerText.includes(word),
    { timeout: 30_000 },
    'publishDataset',
  );
  await page.screenshot({ path: picture('temporal.png') });
  const text = await page.$eval('body', (body) => body.innerText);
  expect(text).toContain(id);
  await page.close();
}, 90_000);

it('serves the reference of the API', async () => {
  const { page, faults } = await open(`${stack.api}/docs`);
  await page.waitForFunction(() => document.body.innerText.includes('/v1/jobs'), { timeout: 30_000 });
  await page.screenshot({ path: picture('docs.png') });
  expect(faults).toEqual([]);
  await page.close();
}, 60_000);
