import { formatCompact, formatNumber, formatUsd } from '../../core/report/format';
import type { Estimate } from '../estimate';
import type { PilotView } from '../estimate-pilot';

interface Span {
  readonly low: number;
  readonly high: number;
}

const COLUMNS = ['stage', 'model', 'calls', 'tokens in', 'tokens out', 'cost'] as const;

/** The estimate as a table for people, with where its prices come from and what it leaves out. */
export function estimateLines(estimate: Estimate): string[] {
  const stages = estimate.stages.map((stage) => [
    stage.stage + (stage.measured ? ' (measured)' : ''),
    stage.model ?? stage.role,
    ...numbersOf(stage),
  ]);
  const rows = [[...COLUMNS], ...stages, ['total', '', ...numbersOf(estimate)]];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...table, ...estimate.prices.map(priceLine), ...estimate.notes.map((note) => `note: ${note}`)];
}

/** What a pilot's calls took. */
export function measuredLines({ measured }: PilotView): string[] {
  return measured.map(({ stage, calls, callsPerRow, inputTokensPerCall, outputTokensPerCall }) => {
    const mean = ({ mean: value, low, high }: Span & { mean: number }): string =>
      `${formatNumber(Number(value.toPrecision(3)))} (${span({ low, high }, (one) => formatNumber(Number(one.toPrecision(3))))})`;
    return `measured, ${stage}, ${calls} calls: a row ${mean(callsPerRow)} calls, a call ${mean(inputTokensPerCall)} tokens in and ${mean(outputTokensPerCall)} out (mean, 95 % interval)`;
  });
}

function numbersOf(part: Pick<Estimate, 'calls' | 'inputTokens' | 'outputTokens' | 'costUsd'>): string[] {
  return [
    span(part.calls, formatCompact),
    span(part.inputTokens, formatCompact),
    span(part.outputTokens, formatCompact),
    part.costUsd ? span(part.costUsd, formatUsd) : 'unknown',
  ];
}

function span({ low, high }: Span, format: (value: number) => string): string {
  return format(low) === format(high) ? format(low) : `${format(low)}–${format(high)}`;
}

function priceLine({ role, model, prices, pricesFrom }: Estimate['prices'][number]): string {
  if (!prices) return `price: ${role} ${model}: unknown: no price configured for ${model}`;
  const { inputUsdPerMillion, outputUsdPerMillion } = prices;
  const from = pricesFrom?.startsWith('list ')
    ? `list price as of ${pricesFrom.slice('list '.length)}`
    : 'from the configuration';
  return `price: ${role} ${model}: $${inputUsdPerMillion} in, $${outputUsdPerMillion} out for a million tokens, ${from}`;
}
