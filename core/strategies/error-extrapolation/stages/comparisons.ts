/** What a job will compare, and what it takes to claim something: fixed before anything is generated. */
import type { Json } from '../../../json';
import type { ErrorExtrapolationParams } from '../params';
import type { Composition } from '../records';

interface Side {
  readonly arm: string;
  readonly composition: Composition;
}

/** The difference of two arms' scores on test: left − right. */
export interface Comparison {
  readonly id: string;
  readonly left: Side;
  readonly right: Side;
  /** Which round of main is compared: the last one that ran, or the one that is returned. */
  readonly round: 'last' | 'chosen';
}

export const CLAIM_THRESHOLDS = {
  pMax: 0.05,
  seedsMin: 3,
  /** Arms whose accepted rows differ by more are not matched. */
  sizeGapMax: 0.02,
  replicatesMin: 3,
  resamples: 10_000,
} as const;

const of = (arm: string, composition: Composition): Side => ({ arm, composition });

const COMPARISONS: readonly Comparison[] = [
  {
    id: 'main-goldgen-mix',
    left: of('main', 'synthetic-only'),
    right: of('goldgen-mix', 'synthetic-only'),
    round: 'last',
  },
  {
    id: 'main-seed-only',
    left: of('main', 'synthetic-only'),
    right: of('seed-only', 'synthetic-only'),
    round: 'last',
  },
  {
    id: 'main-gold-only',
    left: of('main', 'gold-plus-synthetic'),
    right: of('gold-only', 'gold-plus-synthetic'),
    round: 'chosen',
  },
  {
    id: 'main-faithful',
    left: of('main', 'synthetic-only'),
    right: of('faithful', 'synthetic-only'),
    round: 'chosen',
  },
  {
    id: 'gold-main-goldgen-mix',
    left: of('main', 'gold-plus-synthetic'),
    right: of('goldgen-mix', 'gold-plus-synthetic'),
    round: 'last',
  },
];

/** The comparisons that a job's arms allow, in the specification's order. */
export function comparisonsOf({ arms }: Pick<ErrorExtrapolationParams, 'arms'>): readonly Comparison[] {
  return COMPARISONS.filter(({ right }) => arms.some((arm) => arm === right.arm));
}

/** As facts of `prepare`: every later look reads them there. */
export function comparisonFacts(params: Pick<ErrorExtrapolationParams, 'arms'>): Record<string, Json> {
  return {
    comparisons: comparisonsOf(params) as unknown as Json,
    thresholds: { ...CLAIM_THRESHOLDS },
  };
}
