import { batchPrices } from '../core/price';
import type { ConfiguredModel } from './context';

/** A job's models as they cost in provider batches: what an estimate in batch mode is made from. */
export function atBatchPrices(
  models: Readonly<Record<string, ConfiguredModel>>,
): Readonly<Record<string, ConfiguredModel>> {
  return Object.fromEntries(
    Object.entries(models).map(([role, { prices, ...model }]) => {
      const reduced = batchPrices(prices);
      return [role, reduced ? { ...model, prices: reduced } : model];
    }),
  );
}
