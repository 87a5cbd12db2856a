/** Entities without a model: runs of capitalised words inside sentences. */
import type { NamedEntity } from './records';

const RUN =
  /\p{Lu}[\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*(?:[ \t\n]+(?:(?:of|the|de|du|van|von|and)[ \t\n]+){0,2}\p{Lu}[\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*){0,5}/gu;
const WORDS_MAX = 6;
const NAMES_PER_WINDOW_MAX = 300;
/** A capital after these says nothing: sentences, lines of speech and headings begin so. */
const SENTENCE_START = /(?:^|[.!?:;"“”‘'(—*#_>[-]|\n\s*\n)\s*$/u;
const PRONOUNS = new Set(['I', 'I’m', "I'm", 'I’ll', "I'll", 'I’ve', "I've", 'I’d', "I'd", 'O', 'Oh']);

export function findNames(text: string): NamedEntity[] {
  const names = new Map<string, NamedEntity>();
  for (const match of text.matchAll(RUN)) {
    const before = text.slice(Math.max(0, match.index - 4), match.index);
    const run = match[0].replace(/\s+/gu, ' ').replace(/['’]s$/u, '');
    const name = SENTENCE_START.test(before) ? withoutFirstWord(run) : run;
    if (PRONOUNS.has(name) || name.length < 2 || name.split(' ').length > WORDS_MAX) continue;
    if (!names.has(name)) names.set(name, { name, type: 'term' });
    if (names.size >= NAMES_PER_WINDOW_MAX) break;
  }
  return [...names.values()];
}

/** What follows the word that any sentence capitalises. */
function withoutFirstWord(run: string): string {
  const words = run.split(' ').slice(1);
  const from = words.findIndex((word) => /^\p{Lu}/u.test(word));
  return from < 0 ? '' : words.slice(from).join(' ');
}
