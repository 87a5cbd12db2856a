import type { ChartBlock } from './chart';
import { excerptOf, shortLabel } from './chart-excerpt';
import { chartTable } from './chart-table';
import { describeChart } from './describe-chart';
import { html, type Html } from './html';
import { renderTable } from './render-table';

/**
 * One chart as SVG that went through `safeSvg`, drawn for a wide and for a narrow page: text that shrinks with its picture
 * cannot be read on a phone.
 */
export interface ChartPictures {
  readonly wide: Html;
  readonly narrow: Html;
}

/** Draws with the colours of {@link seriesColour}; undefined where there is nothing to see. */
export type DrawChart = (chart: ChartBlock) => ChartPictures | undefined;

/** Colours of the page's own palette, so that a picture is dark where the page is. */
export function seriesColour(chart: ChartBlock, index: number): string {
  const tone = chart.type === 'bars' ? chart.series[index]?.tone : undefined;
  return `var(--${tone ?? `chart-${(index % PALETTE_COLOURS) + 1}`})`;
}

/** `--chart-1` to `--chart-8` of the style sheet. */
const PALETTE_COLOURS = 8;

/** A picture with its title, and its numbers behind it; the numbers alone where nothing can be drawn. */
export function renderChart(chart: ChartBlock, draw: DrawChart): Html {
  const { chart: shown, leftOut } = excerptOf(chart);
  const pictures = draw(shown);
  const { columns, rows } = chartTable(chart);
  const caption = [chart.caption, leftOut].filter((text) => text !== undefined).join(' ');
  const title = html`<figcaption>
    <b>${chart.title}</b>${caption !== '' && html`<span>${caption}</span>`}
  </figcaption> `;
  if (pictures === undefined)
    return html`<figure class="chart">${title}${renderTable(columns, rows)}</figure> `;
  return html`<figure class="card chart">
    ${title}${renderLegend(shown)}
    <div role="img" aria-label="${shortLabel(chart.title)}. ${describeChart(shown)}">
      <div class="wide" aria-hidden="true">${pictures.wide}</div>
      <div class="narrow" aria-hidden="true">${pictures.narrow}</div>
    </div>
    <details>
      <summary>The numbers</summary>
      ${renderTable(columns, rows)}
    </details>
  </figure> `;
}

/** One series needs no legend: the title names it. */
function renderLegend(chart: ChartBlock): Html | undefined {
  if (chart.type === 'forest' || chart.series.length < 2) return undefined;
  const items = chart.series.map(
    ({ name }, index) =>
      html`<li>
        <span class="dot" style="background:${seriesColour(chart, index)}"></span>${shortLabel(name)}
      </li> `,
  );
  return html`<ul class="legend">
    ${items}
  </ul> `;
}
