import { formatCompact, formatDuration, formatNumber, formatTime, formatUsd } from './format';
import { costHints, costWords } from './render-cost';
import { html, Html } from './html';
import { lossChart } from './loss-chart';
import { type DrawChart, renderChart } from './render-chart';
import type { Report } from './report';
import { REPORT_STYLE } from './report-style';
import { renderDetails, renderFacts, renderSection } from './render-sections';
import { renderBar, renderStages, ROW_ENDS, rowEnds } from './render-stages';

/**
 * The report as one file that needs nothing else: no scripts, no fonts, no network.
 * @param draw makes the pictures; without it a chart is its table
 */
export function renderReportHtml(report: Report, draw: DrawChart = () => undefined): string {
  const losses = lossChart(report.stages);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${report.title} · Perennial report</title>
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${renderHeader(report)}${renderTiles(report)}${renderProof(report)}${renderNotes(report)}
          <section>
            <h2>Stages</h2>
            ${renderStages(report.stages, report.cost.usd !== null)}${losses && renderChart(losses, draw)}
          </section>
          ${report.sections.map((section) => renderSection(section, draw))}${renderOrigin(report)}
          <footer>Made by Perennial. The same numbers as data: <code>report.json</code>.</footer>
        </main>
      </body>
    </html> `;
  return page.text;
}

function renderHeader(report: Report): Html {
  const duration = formatDuration(report.createdAt, report.finishedAt);
  return html`<header>
    <div class="eyebrow">
      <span class="state state-${report.state}">${report.state}</span>
      <span>${report.strategy} v${report.strategyVersion}</span><span>${formatTime(report.finishedAt)}</span
      ><span>took ${duration}</span>
    </div>
    <h1>${report.title}</h1>
    <p class="verdict">${report.verdict}</p>
    <p class="small soft">Job <span class="mono">${report.jobId}</span></p>
  </header> `;
}

function renderTiles(report: Report): Html {
  const { proof, cost } = report;
  const estimate = cost.estimatedCalls;
  const estimated = estimate
    ? `estimated ${formatCompact(estimate.low)} to ${formatCompact(estimate.high)}`
    : undefined;
  const tiles: readonly (readonly [string, string, string | undefined])[] = [
    ['Records', formatNumber(report.records), `of ${formatNumber(proof.rows.planned)} planned rows`],
    ['Calls paid', formatNumber(proof.calls), estimated],
    [
      'Tokens',
      formatCompact(cost.inputTokens + cost.outputTokens),
      `${formatCompact(cost.inputTokens)} in, ${formatCompact(cost.outputTokens)} out`,
    ],
    costTile(cost),
    ['Calls repeated', formatNumber(proof.callsRepeated), `in ${plural(proof.runs, 'run')}`],
  ];
  const items = tiles.map(
    ([name, value, hint]) =>
      html`<div class="tile">
        <dt>${name}</dt>
        <dd>${value}<small>${hint}</small></dd>
      </div> `,
  );
  return html`<dl class="tiles">${items}</dl> `;
}

function costTile(cost: Report['cost']): readonly [string, string, string | undefined] {
  const hints = costHints(cost);
  if (cost.usd === null) return ['Cost', 'unknown', [costWords(cost), ...hints].join('; ')];
  return ['Cost', formatUsd(cost.usd), hints.length > 0 ? hints.join('; ') : undefined];
}

function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function renderProof(report: Report): Html {
  const { proof } = report;
  const ends = { ...rowEnds(proof.rows), open: proof.open };
  const sum = ROW_ENDS.map(
    (end) => html`<li><span class="dot ${end}"></span><b>${formatNumber(ends[end])}</b> ${end}</li> `,
  );
  const verdict = proof.balanced
    ? html`<p class="check"><b>✓</b><span>Every planned row is accounted for.</span></p>`
    : html`<p class="check bad">
        <b>✗</b><span>The sum does not balance. Do not use this dataset before the cause is known.</span>
      </p>`;
  const calls: readonly (readonly [string, number])[] = [
    ['Paid by this job', proof.calls],
    ['Reused from the ledger', proof.callsReused],
    ['Asked again after a crash', proof.callsRepeated],
    ['In doubt', proof.callsInDoubt],
  ];
  return html`<section>
    <h2>Every row and every call</h2>
    <div class="card">
      ${renderBar(proof.rows)}
      <ul class="sum">
        <li><b>${formatNumber(proof.rows.planned)}</b> planned =</li>
        ${sum}
      </ul>
      ${verdict}
    </div>
    <h3>Calls</h3>
    ${renderFacts(calls, 'facts tight')}
  </section> `;
}

function renderNotes(report: Report): Html | undefined {
  if (report.notes.length === 0) return undefined;
  return html`<section>
    <h2>Before you use this data</h2>
    <ul class="notes">
      ${report.notes.map((note) => html`<li>${note}</li> `)}
    </ul>
  </section> `;
}

/** What is needed to make the same dataset again. */
function renderOrigin(report: Report): Html {
  const models = Object.entries(report.models).map(([role, model]) => [`Model: ${role}`, model] as const);
  const facts: readonly (readonly [string, string | number])[] = [
    ['Strategy', `${report.strategy} v${report.strategyVersion}`],
    ['Seed', String(report.seed)],
    ...models,
    ['Created', formatTime(report.createdAt)],
    ['Finished', formatTime(report.finishedAt)],
  ];
  return html`<section>
    <h2>Where it comes from</h2>
    ${renderPaper(report.paper)}${renderFacts(facts)}
    <p class="small">Dataset SHA-256 <span class="mono">${report.datasetHash}</span></p>
    ${renderDetails('Parameters', JSON.stringify(report.params, null, 2) ?? '')}
  </section> `;
}

function renderPaper(paper: string | undefined): Html | undefined {
  if (paper === undefined) return undefined;
  const arxiv = /\b\d{4}\.\d{4,5}\b/.exec(paper)?.[0];
  const name =
    arxiv === undefined ? html`${paper}` : html`<a href="https://arxiv.org/abs/${arxiv}">${paper}</a>`;
  return html`<p>Method: ${name}</p> `;
}
