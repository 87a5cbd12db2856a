/** What an imitation is asked for, by its variant. */
import { randomFor } from '../../../random';
import type { Random } from '../../../random';
import type { Answer } from '../../../students/student';
import type { Pattern } from '../describe-call';
import type { ErrorExtrapolationParams } from '../params';
import type { Place } from '../place';
import type { Pick, Variant, WriteData } from '../records';

/** alpha = 50 + 50 · Beta(5, 2): the fifth of six uniform draws, in steps of 5. */
const BETA_DRAWS = 6;
const BETA_RANK = 5;
const ALPHA_STEP = 5;

export interface ImitationOf {
  readonly params: ErrorExtrapolationParams;
  readonly seed: number;
  readonly place: Place;
  readonly pick: Pick;
  /** Question answering: the first answer of the row that is imitated. */
  readonly answer?: Answer | undefined;
  readonly variant: Exclude<Variant, 'seed'>;
  /** Which of the pick's rows of this variant. */
  readonly n: number;
  readonly patterns: ReadonlyMap<number, Pattern>;
}

/** The variant asked for, or `near` where the pick lacks what it needs. */
export function dataOf(of: ImitationOf): WriteData {
  const { params, pick, variant, answer } = of;
  const base: WriteData = {
    variant: 'near',
    ...(pick.label === undefined ? {} : { label: pick.label }),
    reasons: [],
    parentId: pick.id,
    ...(answer === undefined ? {} : { answer }),
  };
  const random = randomOf(of);
  switch (variant) {
    case 'near':
    case 'shift':
      return { ...base, variant };
    case 'pattern':
      return withPattern(base, of);
    case 'contrast':
      return params.task.kind === 'extractive-qa' ? spanContrast(base, of) : labelContrast(base, of, random);
    case 'boundary': {
      const other = otherLabel(of, random);
      if (other === undefined) return base;
      return { ...base, variant, other, alpha: alphaOf(random) };
    }
  }
}

function withPattern(base: WriteData, { pick, n, patterns }: ImitationOf): WriteData {
  const pattern = pick.cluster === undefined ? undefined : patterns.get(pick.cluster);
  if (pattern === undefined) return base; // nothing could be said of the cluster
  const vary = pattern.vary[n % Math.max(1, pattern.vary.length)] ?? '';
  return { ...base, variant: 'pattern', pattern: { name: pattern.name, pattern: pattern.pattern, vary } };
}

/** The new row gets the label that the student gave. */
function labelContrast(base: WriteData, of: ImitationOf, random: Random): WriteData {
  const other = otherLabel(of, random);
  if (other === undefined) return base;
  const cases = of.params.task.labels.find(({ id }) => id === other)?.cases ?? [];
  const drawn = cases.length === 0 ? undefined : cases[random.integer(cases.length)];
  return {
    ...base,
    variant: 'contrast',
    label: other,
    other,
    predicted: other,
    ...(drawn === undefined ? {} : { case: drawn }),
  };
}

/** The new question is answered by what the student answered to the old one. */
function spanContrast(base: WriteData, { pick: { predicted = '' } }: ImitationOf): WriteData {
  return predicted === '' ? base : { ...base, variant: 'contrast', predicted };
}

/** What the student said; rows that no student was asked about get any other label. */
function otherLabel({ params, pick }: ImitationOf, random: Random): string | undefined {
  if (pick.predicted !== undefined && pick.predicted !== pick.label) return pick.predicted;
  const others = params.task.labels.filter(({ id }) => id !== pick.label);
  return others.length === 0 ? undefined : others[random.integer(others.length)]?.id;
}

function alphaOf(random: Random): number {
  const draws = Array.from({ length: BETA_DRAWS }, () => random.next() / 2 ** 32).sort((a, b) => a - b);
  return Math.round((50 + 50 * draws[BETA_RANK - 1]!) / ALPHA_STEP) * ALPHA_STEP;
}

/** Arms with equal picks draw alike, so that they share calls; replicates do not. */
function randomOf({ seed, place, pick, variant, n }: ImitationOf): Random {
  return randomFor(seed, 'imitation', place.replicate, place.round ?? 1, pick.id, variant, n);
}
