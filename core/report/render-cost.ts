/** Money in words. What is unknown is said to be, with the reason; it is never shown as 0. */
import { formatNumber, formatUsd } from './format';
import type { Report } from './report';

/** `$0.42`, or `unknown: no price configured for mine/m`. */
export function costWords({ usd, usdPriced, unpriced }: Report['cost']): string {
  if (usd !== null) return formatUsd(usd);
  const reason = `no price configured for ${unpriced.join(', ') || 'some of the models'}`;
  return usdPriced > 0 ? `${formatUsd(usdPriced)} and an unknown part: ${reason}` : `unknown: ${reason}`;
}

/** What stands beside the cost: what is in doubt, what was expected, whose prices they are. */
export function costHints({
  usdInDoubt,
  estimatedUsd,
  pricesFrom,
  callsEstimated,
}: Report['cost']): string[] {
  const lists = Object.entries(pricesFrom).filter(([, from]) => from.startsWith('list '));
  return [
    ...(usdInDoubt === null ? ['an unknown part is in doubt'] : []),
    ...(usdInDoubt !== null && usdInDoubt > 0 ? [`${formatUsd(usdInDoubt)} more is in doubt`] : []),
    ...(estimatedUsd ? [`estimated ${formatUsd(estimatedUsd.low)} to ${formatUsd(estimatedUsd.high)}`] : []),
    ...lists.map(([model, from]) => `${model}: list price as of ${from.slice('list '.length)}`),
    ...(callsEstimated > 0
      ? [`tokens of ${formatNumber(callsEstimated)} calls counted here, as the provider did not say`]
      : []),
  ];
}
