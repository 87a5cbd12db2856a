/** What `prepare` found out about gold, as its facts say. */
import type { Reader } from '../../../strategy';

export interface GoldFacts {
  readonly gold: number;
  readonly mine: number;
  readonly select: number;
  readonly test: number;
  /** Rows of `prepare/contexts`. */
  readonly contexts: number;
  /** Hashes in `prepare/eval-shingles`. */
  readonly evalShingles: number;
  /** Of gold by label, in the task's order; none in question answering. */
  readonly shares: readonly number[];
  /** Of the cross-fit students on mine; absent where none were trained. */
  readonly crossFitAccuracy?: number;
}

export async function goldFactsOf(read: Pick<Reader, 'stage'>): Promise<GoldFacts> {
  const facts = (await read.stage('prepare'))?.facts ?? {};
  const count = (name: string): number => Number(facts[name] ?? 0);
  const { shares, crossFitAccuracy } = facts;
  return {
    gold: count('gold'),
    mine: count('mine'),
    select: count('select'),
    test: count('test'),
    contexts: count('contexts'),
    evalShingles: count('evalShingles'),
    shares: Array.isArray(shares) ? (shares as readonly number[]) : [],
    ...(typeof crossFitAccuracy === 'number' ? { crossFitAccuracy } : {}),
  };
}
