import { openRows, type RowCounts } from '../story/vocabulary';
import { formatCompact, formatNumber, formatShare, formatUsd } from './format';
import { html, type Html } from './html';
import type { StageReport } from './report';

/** Ends a row may have, in the order in which every bar and sum shows them. */
export const ROW_ENDS = ['accepted', 'rejected', 'failed', 'open'] as const;

export function rowEnds(counts: RowCounts): Readonly<Record<(typeof ROW_ENDS)[number], number>> {
  return {
    accepted: counts.accepted,
    rejected: counts.rejected,
    failed: counts.failed,
    open: openRows(counts),
  };
}

/** A stacked bar of plain elements; what it shows is also said in words beside it. */
export function renderBar(counts: RowCounts): Html {
  const ends = rowEnds(counts);
  const parts = ROW_ENDS.filter((end) => ends[end] > 0).map((end) => {
    const width = ((100 * ends[end]) / Math.max(counts.planned, 1)).toFixed(3);
    return html`<i class="${end}" style="width:${width}%" title="${end}: ${formatNumber(ends[end])}"></i>`;
  });
  return html`<div class="bar" aria-hidden="true">${parts}</div>`;
}

/** @param priced whether every dollar is known: else a stage that shows none may have cost some */
export function renderStages(stages: readonly StageReport[], priced: boolean): Html {
  const heads = ['Calls', 'Tokens', 'Cost'].map((head) => html`<th scope="col" class="num">${head}</th>`);
  return html`<div class="scroll">
    <table class="stages">
      <thead>
        <tr>
          <th scope="col">Stage</th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${stages.map((stage) => renderStage(stage, priced))}
      </tbody>
    </table>
  </div> `;
}

function renderStage(stage: StageReport, priced: boolean): Html {
  const tokens = stage.inputTokens + stage.outputTokens;
  return html`<tr>
    <td><b>${stage.title}</b> <span class="mono soft">${stage.stage}</span>${renderCounts(stage)}</td>
    ${renderCell('Calls', stage.calls > 0 && formatNumber(stage.calls))}
    ${renderCell('Tokens', tokens > 0 && formatCompact(tokens))}
    ${renderCell('Cost', (priced || stage.costUsd > 0) && stage.calls > 0 && formatUsd(stage.costUsd))}
  </tr>`;
}

/** A phone hides what is empty and shows the label beside the rest. */
function renderCell(label: string, value: string | false): Html {
  return html`<td class="num${value === false && ' none'}" data-label="${label}">
    ${value === false ? '–' : value}
  </td>`;
}

/** A transform without rows has nothing to count. */
function renderCounts(stage: StageReport): Html | undefined {
  if (stage.planned === 0) return undefined;
  const ends = rowEnds(stage);
  const shown = ROW_ENDS.filter((end) => end === 'accepted' || ends[end] > 0);
  const words = shown.map((end) => `${formatNumber(ends[end])} ${end}`).join(' · ');
  return html`${renderBar(stage)}<span class="small"
      >${words} <span class="soft">of ${formatNumber(stage.planned)} rows</span></span
    >${renderReasons(stage)}`;
}

/** Where rows were lost, largest loss first. */
function renderReasons(stage: StageReport): Html | undefined {
  const reasons = Object.entries(stage.reasons).filter(([, count]) => count > 0);
  if (reasons.length === 0) return undefined;
  const items = reasons.map(
    ([reason, count]) =>
      html`<li>
        <span class="mono">${reason}</span> ${formatNumber(count)} (${formatShare(count, stage.planned)})
      </li>`,
  );
  return html`<ul class="reasons">
    ${items}
  </ul>`;
}
