import { formatUsd } from '../../core/report/format';
import type { JobView } from '../job-view';

/** `$1.23 (+ $0.04 in doubt)`; what is unknown says so, and is never shown as 0. */
export function costText({ usd, usdInDoubt }: Pick<JobView['cost'], 'usd' | 'usdInDoubt'>): string {
  return `${usd === null ? 'cost unknown' : formatUsd(usd)}${doubtText(usdInDoubt)}`;
}

function doubtText(usdInDoubt: number | null): string {
  if (usdInDoubt === null) return ' (+ an unknown part in doubt)';
  return usdInDoubt > 0 ? ` (+ ${formatUsd(usdInDoubt)} in doubt)` : '';
}

/** What was paid, and what is not known about it. */
export function costLines(cost: JobView['cost']): string[] {
  const spent = `${cost.calls} calls, ${cost.inputTokens + cost.outputTokens} tokens, ${costText(cost)}`;
  const lines = [`  paid: ${spent}`];
  if (cost.usd === null) {
    const models = cost.unpriced.length > 0 ? cost.unpriced.join(', ') : 'some calls of this job';
    const known = cost.usdPriced > 0 ? `${formatUsd(cost.usdPriced)} and an unknown part` : 'unknown';
    lines.push(`  cost: ${known}: no price configured for ${models}`);
  }
  if (cost.callsInDoubt > 0)
    lines.push(
      `  in doubt: ${cost.callsInDoubt} calls were sent and no answer came; the provider may have charged for them`,
    );
  if (cost.callsEstimated > 0)
    lines.push(
      `  counted here: tokens of ${cost.callsEstimated} calls, because the provider did not say how many it used`,
    );
  return lines;
}
