import type { ChartBlock } from './chart';
import { chartTable } from './chart-table';
import { formatNumber } from './format';
import { html, type Html } from './html';
import type { Section, SectionBlock } from './report';

/** A strategy's own part of the report. */
export function renderSection(section: Section): Html {
  return html`<section>
    <h2>${section.title}</h2>
    ${section.blocks.map(renderBlock)}
  </section> `;
}

function renderBlock(block: SectionBlock): Html {
  switch (block.type) {
    case 'text':
      return html`${paragraphs(block.text).map((text) => html`<p>${text}</p> `)}`;
    case 'facts':
      return renderFacts(Object.entries(block.facts));
    case 'table':
      return renderTable(block.columns, block.rows);
    case 'samples':
      return html`${block.samples.map((sample) => renderDetails(sample.title, sample.text))}`;
    case 'lines':
    case 'bars':
    case 'forest':
    case 'histogram':
      return renderChart(block);
  }
}

/** The numbers of a chart. */
function renderChart(chart: ChartBlock): Html {
  const { columns, rows } = chartTable(chart);
  return html`<h3>${chart.title}</h3>
    ${renderTable(columns, rows)}`;
}

/** Text between blank lines. */
export function paragraphs(text: string): string[] {
  return text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
}

export function renderFacts(facts: readonly (readonly [string, string | number])[], style = 'facts'): Html {
  const items = facts.map(
    ([name, value]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${cellText(value)}</dd>
      </div> `,
  );
  return html`<dl class="${style}">${items}</dl> `;
}

export function renderDetails(title: string, text: string): Html {
  return html`<details>
    <summary>${title}</summary>
    <pre>${text}</pre>
  </details> `;
}

/** Columns of numbers stand on the right, so that their digits line up. */
function renderTable(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): Html {
  const numeric = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => isNumeric(row[index] ?? '')),
  );
  const align = (index: number): Html | undefined =>
    numeric[index] === true ? html` class="num"` : undefined;
  const head = columns.map((column, index) => html`<th scope="col" ${align(index)}>${column}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell, index) => html`<td${align(index)}>${cellText(cell)}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div> `;
}

export function cellText(value: string | number): string {
  return typeof value === 'number' ? formatNumber(value) : value;
}

function isNumeric(value: string | number): boolean {
  return typeof value === 'number' || /^([-+−±$]?\d[\d,.]*(\s?%)?|–|)$/.test(value.trim());
}
