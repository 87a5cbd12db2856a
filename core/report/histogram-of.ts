/** Bins for values that were counted one by one. */

/** How often each whole value came. */
export type ValueCounts = ReadonlyMap<number, number>;

const BINS_WANTED = 20;

/** Edges at round numbers from the smallest to the largest value of all series, and each series' counts between them. */
export function histogramOf(series: readonly { readonly name: string; readonly counts: ValueCounts }[]): {
  readonly edges: number[];
  readonly series: { readonly name: string; readonly counts: number[] }[];
} {
  let [low, high] = [Infinity, -Infinity];
  for (const { counts } of series)
    for (const value of counts.keys()) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return { edges: [0, 1], series: series.map(({ name }) => ({ name, counts: [0] })) };
  const step = roundStep((high - low) / BINS_WANTED);
  const first = Math.floor(low / step);
  const bins = Math.floor(high / step) - first + 1;
  const edges = Array.from({ length: bins + 1 }, (_, index) => (first + index) * step);
  return {
    edges,
    series: series.map(({ name, counts }) => {
      const perBin = new Array<number>(bins).fill(0);
      for (const [value, count] of counts) perBin[Math.floor(value / step) - first]! += count;
      return { name, counts: perBin };
    }),
  };
}

/** The next of 1, 2, 5, 10, 20, … */
function roundStep(wanted: number): number {
  if (wanted <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10) * power;
}
