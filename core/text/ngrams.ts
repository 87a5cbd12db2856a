/** Runs of n words, joined by a blank. */
export function ngrams(words: readonly string[], n: number): string[] {
  const grams: string[] = [];
  for (let i = 0; i + n <= words.length; i += 1) grams.push(words.slice(i, i + n).join(' '));
  return grams;
}

interface Overlap {
  /** n-grams of the text, with repetition, that the source has too. */
  readonly hits: number;
  readonly total: number;
  /** hits / total; 0 for a text shorter than n. */
  readonly share: number;
  /** hits / words, as the EntiGraph paper counts. */
  readonly byWords: number;
}

/** How much of a text's n-grams stand in a source. */
export function ngramOverlap(text: readonly string[], source: readonly string[], n: number): Overlap {
  return overlapWith(text, [new Set(ngrams(source, n))], n);
}

/** {@link ngramOverlap} against n-grams collected before, of a source in one or several parts. */
export function overlapWith(
  text: readonly string[],
  sources: readonly ReadonlySet<string>[],
  n: number,
): Overlap {
  const grams = ngrams(text, n);
  const hits = grams.filter((gram) => sources.some((source) => source.has(gram))).length;
  return {
    hits,
    total: grams.length,
    share: grams.length === 0 ? 0 : hits / grams.length,
    byWords: text.length === 0 ? 0 : hits / text.length,
  };
}

/** Different n-grams over all n-grams: low where a text goes round in circles; 1 for a text shorter than n. */
export function distinctShare(words: readonly string[], n: number): number {
  const grams = ngrams(words, n);
  return grams.length === 0 ? 1 : new Set(grams).size / grams.length;
}

/** True where `length` running words of `source` stand in the text in the same order. */
export function sharesRun(text: readonly string[], source: readonly string[], length: number): boolean {
  return ngramOverlap(text, source, length).hits > 0;
}
