import type { Reader } from '../../../strategy';
import type { Metric } from './predicted';

/** What `prepare` found, as far as later stages ask. */
export interface GoldFacts {
  /** Rows of each split. */
  readonly mine: number;
  readonly select: number;
  readonly test: number;
  readonly metric: Metric;
}

export async function goldFactsOf(read: Reader): Promise<GoldFacts> {
  const facts = (await read.stage('prepare'))?.facts;
  if (facts === undefined) throw new Error('stage prepare has not run yet');
  const { mine, select, test, metric } = facts as Partial<GoldFacts>;
  return { mine: mine ?? 0, select: select ?? 0, test: test ?? 0, metric: metric ?? 'accuracy' };
}
