/** How much texts repeat one another. */
import { ngrams } from '../text/ngrams';
import { words } from '../text/words';

const OPENING_WORDS = 3;

interface Opening {
  readonly opening: string;
  readonly count: number;
  /** Of all texts that have words. */
  readonly share: number;
}

/** Different word pairs over all word pairs of all texts; 1 where there are none. Falls with the number of texts. */
export function distinct2(texts: Iterable<string>): number {
  const different = new Set<string>();
  let total = 0;
  for (const text of texts) {
    for (const pair of ngrams(words(text), 2)) {
      different.add(pair);
      total += 1;
    }
  }
  return total === 0 ? 1 : different.size / total;
}

/** The commonest first three words, most frequent first; equally frequent ones by the alphabet. */
export function topOpenings(texts: Iterable<string>, n: number): Opening[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const text of texts) {
    const opening = words(text).slice(0, OPENING_WORDS).join(' ');
    if (opening === '') continue;
    counts.set(opening, (counts.get(opening) ?? 0) + 1);
    total += 1;
  }
  return [...counts]
    .map(([opening, count]) => ({ opening, count, share: count / total }))
    .sort((a, b) => b.count - a.count || (a.opening < b.opening ? -1 : 1))
    .slice(0, n);
}
