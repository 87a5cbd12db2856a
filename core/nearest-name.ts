/** Longer names are cut before they are compared. */
const COMPARED_CHARACTERS_MAX = 100;
/** One typing error in this many characters is forgiven; at least one always is. */
const CHARACTERS_PER_ERROR = 3;

/** The known name that was probably meant, for "did you mean": the closest by edit distance, if close enough. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().slice(0, COMPARED_CHARACTERS_MAX);
  const errorsMax = Math.max(1, Math.floor(wanted.length / CHARACTERS_PER_ERROR));
  let nearest: string | undefined;
  let fewest = errorsMax + 1;
  for (const candidate of known) {
    const errors = editDistance(wanted, candidate.toLowerCase().slice(0, COMPARED_CHARACTERS_MAX));
    if (errors < fewest) [nearest, fewest] = [candidate, errors];
  }
  return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
