/** How many new rows look more like gold rows of another label than like those of their own. */

interface LabelledVector {
  readonly label: string;
  readonly vector: readonly number[];
}

/** Mean vector by label. */
export function centroidsOf(rows: Iterable<LabelledVector>): Map<string, number[]> {
  const sums = new Map<string, { sum: number[]; count: number }>();
  for (const { label, vector } of rows) {
    const known = sums.get(label) ?? { sum: vector.map(() => 0), count: 0 };
    vector.forEach((value, i) => (known.sum[i]! += value));
    known.count += 1;
    sums.set(label, known);
  }
  return new Map([...sums].map(([label, { sum, count }]) => [label, sum.map((value) => value / count)]));
}

/** Share of rows to which another label's centroid is nearer (cosine) than their own; rows of unknown labels do not count. */
export function separability(
  rows: Iterable<LabelledVector>,
  centroids: ReadonlyMap<string, readonly number[]>,
): number {
  let nearOthers = 0;
  let total = 0;
  for (const { label, vector } of rows) {
    const own = centroids.get(label);
    if (own === undefined) continue;
    const near = cosine(vector, own);
    total += 1;
    if ([...centroids].some(([other, center]) => other !== label && cosine(vector, center) > near))
      nearOthers += 1;
  }
  return total === 0 ? 0 : nearOthers / total;
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i]! * b[i]!;
    squaresA += a[i]! ** 2;
    squaresB += b[i]! ** 2;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : dot / Math.sqrt(squaresA * squaresB);
}
