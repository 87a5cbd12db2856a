/** What the student sees of a target under its context: its words, those that are new, and how much is not. */
import { sentences } from '../../text/sentences';
import { words } from '../../text/words';
import type { FeatureBag } from './feature-bag';
import { hashOf, mix } from './hashing';
import { addWords, pairsOf } from './text-features';

/** Families of features; those of a text come before. */
const ABSENT = 10;
const WORDS_IN_CONTEXT = 11;
const PAIRS_IN_CONTEXT = 12;
const WORDS_IN_SENTENCE = 13;
const PAIRS_IN_SENTENCE = 14;
/** Shares are told apart in tenths. */
const TENTHS = 10;
/** 3/10 × 10 must not fall below 3. */
const ROUNDING = 1e-9;

export function addPairFeatures(bag: FeatureBag, context: string, target: string): void {
  const hashes = words(target).map((word) => hashOf(word));
  const pairs = pairsOf(hashes);
  const whole = partOf(context);
  const parts = sentences(context).map(partOf);
  addWords(bag, hashes);
  for (const hash of hashes) if (!whole.words.has(hash)) bag.add(mix(ABSENT, hash));
  const best = (of: readonly number[], inside: (part: Part) => ReadonlySet<number>): number =>
    parts.reduce((most, part) => Math.max(most, tenths(of, inside(part))), 0);
  if (hashes.length > 0) {
    bag.add(mix(WORDS_IN_CONTEXT, tenths(hashes, whole.words)));
    bag.add(
      mix(
        WORDS_IN_SENTENCE,
        best(hashes, (part) => part.words),
      ),
    );
  }
  if (pairs.length > 0) {
    bag.add(mix(PAIRS_IN_CONTEXT, tenths(pairs, whole.pairs)));
    bag.add(
      mix(
        PAIRS_IN_SENTENCE,
        best(pairs, (part) => part.pairs),
      ),
    );
  }
}

interface Part {
  readonly words: ReadonlySet<number>;
  readonly pairs: ReadonlySet<number>;
}

function partOf(text: string): Part {
  const hashes = words(text).map((word) => hashOf(word));
  return { words: new Set(hashes), pairs: new Set(pairsOf(hashes)) };
}

function tenths(of: readonly number[], inside: ReadonlySet<number>): number {
  const hits = of.reduce((sum, hash) => sum + (inside.has(hash) ? 1 : 0), 0);
  return Math.floor((hits / of.length) * TENTHS + ROUNDING);
}
