/** A job's money as the API shows it: what is unknown is null, never 0. */
import { z } from 'zod';
import type { Budget } from '../core/job-body';
import { knownCost } from '../core/known-cost';
import { Problem } from '../core/problem';
import { type BudgetRow, spendingOf } from '../infra/database/control';
import type { ApiContext } from './context';

export const costSchema = z.object({
  usd: z
    .number()
    .nullable()
    .describe('null: unknown, because a paid call’s model has no price; never 0 for that'),
  usdPriced: z
    .number()
    .describe('dollars of the calls whose models have a price: the whole where usd is known'),
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  callsReused: z.int(),
  callsRepeated: z.int(),
  callsInDoubt: z.int().describe('sent, and nobody knows whether the provider charged for them'),
  usdInDoubt: z.number().nullable().describe('at worst, and apart of usd; null: unknown'),
  callsReserved: z.int().describe('on their way'),
  usdReserved: z.number().nullable().describe('what they can cost at most; null: unknown'),
  callsEstimated: z
    .int()
    .describe('paid calls whose tokens the provider did not say: counted here, sooner high'),
  callsUnpriced: z.int().describe('paid calls of models without a price'),
  unpriced: z.array(z.string()).describe('models of the job without a price'),
});

/** The job's models and whether each has a price now; one that is configured no more has none. */
export function pricedNow(
  { models }: Pick<ApiContext, 'models'>,
  names: Readonly<Record<string, string>>,
): { name: string; priced: boolean }[] {
  return Object.values(names).map((name) => {
    try {
      return { name, priced: models.find(name).prices !== undefined };
    } catch (error) {
      if (error instanceof Problem) return { name, priced: false };
      throw error;
    }
  });
}

function usdReservedOf(row: BudgetRow, unpriced: readonly string[]): number | null {
  if (row.calls_reserved === 0) return 0; // sums of fractions leave crumbs
  return unpriced.length > 0 ? null : row.usd_reserved;
}

interface Money {
  readonly cost: z.infer<typeof costSchema>;
  readonly budget: Budget;
}

/** @param models from {@link pricedNow} */
export function viewCost(row: BudgetRow, models: ReturnType<typeof pricedNow>): Money {
  const { usd, usdInDoubt, unpriced } = knownCost(spendingOf(row), models);
  return {
    cost: {
      usd,
      usdPriced: row.usd_spent,
      calls: row.calls_spent,
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      callsReused: Math.max(0, row.calls_reused), // below 0 while answers of provider batches wait for their rows
      callsRepeated: row.calls_repeated,
      callsInDoubt: row.calls_in_doubt,
      usdInDoubt,
      callsReserved: row.calls_reserved,
      usdReserved: usdReservedOf(row, unpriced),
      callsEstimated: row.calls_estimated,
      callsUnpriced: row.calls_unpriced,
      unpriced: [...unpriced],
    },
    budget: {
      ...(row.usd_max === null ? {} : { usd: row.usd_max }),
      ...(row.calls_max === null ? {} : { calls: row.calls_max }),
      ...(row.tokens_max === null ? {} : { tokens: row.tokens_max }),
    },
  };
}
