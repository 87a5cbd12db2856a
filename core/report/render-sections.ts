import { html, type Html } from './html';
import { type DrawChart, renderChart } from './render-chart';
import { cellText, renderTable } from './render-table';
import type { Section, SectionBlock } from './report';

/** A strategy's own part of the report. */
export function renderSection(section: Section, draw: DrawChart): Html {
  return html`<section>
    <h2>${section.title}</h2>
    ${section.blocks.map((block) => renderBlock(block, draw))}
  </section> `;
}

function renderBlock(block: SectionBlock, draw: DrawChart): Html {
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
      return renderChart(block, draw);
  }
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
