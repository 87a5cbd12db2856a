import { formatNumber } from './format';
import { html, type Html } from './html';

/** Columns of numbers stand on the right, so that their digits line up. */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): Html {
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
