/** What the student sees of a text: its words, pairs of neighbouring words, and runs of four characters. */
import { words } from '../../text/words';
import type { FeatureBag } from './feature-bag';
import { hashOf, mix } from './hashing';

/** Families of features. */
const WORD = 1;
const PAIR = 2;
const RUN = 3;
const RUN_CHARACTERS = 4;

export function addTextFeatures(bag: FeatureBag, text: string): void {
  addWords(
    bag,
    words(text).map((word) => hashOf(word)),
  );
  // Runs stay inside what blanks part: across words they would be nearly as many as texts, and learn each by heart.
  for (const chunk of text.normalize('NFKC').toLowerCase().split(/\s+/u)) {
    const run = ` ${chunk} `;
    for (let from = 0; from + RUN_CHARACTERS <= run.length; from += 1)
      bag.add(mix(RUN, hashOf(run, from, from + RUN_CHARACTERS)));
  }
}

/** Words and pairs of neighbours. */
export function addWords(bag: FeatureBag, hashes: readonly number[]): void {
  for (const hash of hashes) bag.add(mix(WORD, hash));
  for (const pair of pairsOf(hashes)) bag.add(mix(PAIR, pair));
}

export function pairsOf(hashes: readonly number[]): number[] {
  const pairs: number[] = [];
  for (let i = 1; i < hashes.length; i += 1) pairs.push(mix(hashes[i - 1]!, hashes[i]!));
  return pairs;
}
