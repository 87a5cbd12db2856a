import type { Prices } from './price';

/** What a call costs in a provider batch, as a share of its price online, where the configuration does not say. */
const BATCH_SHARE_DEFAULT = 0.5;

/** Prices inside a provider batch. */
export function batchPrices(
  prices: (Prices & { readonly batchShare?: number }) | undefined,
): Prices | undefined {
  if (prices === undefined) return undefined;
  const share = prices.batchShare ?? BATCH_SHARE_DEFAULT;
  return {
    ...prices,
    inputUsdPerMillion: prices.inputUsdPerMillion * share,
    outputUsdPerMillion: prices.outputUsdPerMillion * share,
    ...(prices.cachedInputUsdPerMillion === undefined
      ? {}
      : { cachedInputUsdPerMillion: prices.cachedInputUsdPerMillion * share }),
  };
}
