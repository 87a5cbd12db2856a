/** New rows from one error, by how they are written. */
import { largestRemainder } from './largest-remainder';
import { VARIANTS } from './params';
import type { Pick as Picked } from './records';

export type Draws = Picked['draws'];

/** Variants in the order of their table, with the counts of the settings. */
function listed(variants: Draws): [(typeof VARIANTS)[number], number][] {
  return VARIANTS.map((variant): [(typeof VARIANTS)[number], number] => [
    variant,
    variants[variant] ?? 0,
  ]).filter(([, count]) => count > 0);
}

export function drawsIn(variants: Draws): number {
  return listed(variants).reduce((sum, [, count]) => sum + count, 0);
}

/** `total` draws in the variants' proportion. */
export function scaleDraws(variants: Draws, total: number): Draws {
  const entries = listed(variants);
  const counts = largestRemainder(
    total,
    entries.map(([, count]) => count),
  );
  return Object.fromEntries(
    entries.map(([variant], i) => [variant, counts[i]!]).filter(([, count]) => count !== 0),
  );
}

/** The draws one after the other: near 1, shift 2 → near, shift, shift. */
export function drawSequence(variants: Draws): (typeof VARIANTS)[number][] {
  return listed(variants).flatMap(([variant, count]) => Array<typeof variant>(count).fill(variant));
}

/** The same number of draws, with those of one variant written as another. */
export function rewriteDraws(draws: Draws, from: keyof Draws, to: keyof Draws): Draws {
  const { [from]: moved, ...rest } = draws;
  return moved === undefined ? draws : { ...rest, [to]: (draws[to] ?? 0) + moved };
}
