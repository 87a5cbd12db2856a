/** Holm's adjustment for several tests at once, in the order given: p times the tests still open, never falling, at most 1. */
export function holm(ps: readonly number[]): number[] {
  const adjusted = ps.map(() => 0);
  let highest = 0;
  const order = ps.map((_, index) => index).sort((a, b) => ps[a]! - ps[b]! || a - b);
  order.forEach((index, place) => {
    highest = Math.max(highest, Math.min(1, ps[index]! * (ps.length - place)));
    adjusted[index] = highest;
  });
  return adjusted;
}
