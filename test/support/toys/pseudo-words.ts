/** Made-up words for the toys: pronounceable, all different, in no language. */
import { randomFor, type Random } from '../../../core/random';

const CONSONANTS = 'b c d f g h j k l m n p r s t v w x z'.split(' ');
const VOWELS = 'a e i o u'.split(' ');
const SYLLABLES = 5;

/** Draws from a purpose of its own, and never the same word twice. */
export function pseudoWords(seed: number): (count: number) => string[] {
  const random = randomFor(seed, 'pseudo-words');
  const used = new Set<string>();
  return (count) =>
    Array.from({ length: count }, () => {
      let word = '';
      while (word === '' || used.has(word)) word = oneWord(random);
      used.add(word);
      return word;
    });
}

function oneWord(random: Random): string {
  const syllable = () => pick(CONSONANTS, random) + pick(VOWELS, random);
  return Array.from({ length: SYLLABLES }, syllable).join('');
}

export interface Dice {
  integer(n: number): number;
}

export function pick<T>(items: readonly T[], random: Dice): T {
  return items[random.integer(items.length)]!;
}

/** Different items in random order. */
export function pickMany<T>(items: readonly T[], count: number, random: Dice): T[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(random.integer(rest.length), 1)[0]!);
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
