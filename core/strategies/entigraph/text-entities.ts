/** Entities without a model: runs of capitalised words inside sentences. */
import type { NamedEntity } from './records';

/** No `and` inside a run: it joins two names more often than it belongs to one. */
const RUN =
  /\p{Lu}[\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*(?:[ \t\n]+(?:(?:of|the|de|du|van|von)[ \t\n]+){0,2}\p{Lu}[\p{L}\p{M}\p{N}]*(?:['’-][\p{L}\p{M}\p{N}]+)*){0,5}/gu;
const WORDS_MAX = 6;
const NAMES_PER_WINDOW_MAX = 300;
const BEFORE_CHARACTERS = 8;
/** A capital after these says nothing: sentences, lines of speech, clauses of old prose and headings begin so. */
const SENTENCE_START = /(?:^|[.!?:;…"“”‘'([{—–*#_>-]|\n[ \t]*\n)\s*$/u;
/** Words that open a sentence before a name: what follows them is inside. Others may be part of the name. */
const OPENERS = new Set(
  (
    'a an the and but or nor so yet for of in on at by to from with into upon over under about after before among through ' +
    'then when while as if because though although since until even here there now this that these those'
  ).split(' '),
);
const PRONOUNS = new Set(['I', 'I’m', "I'm", 'I’ll', "I'll", 'I’ve', "I've", 'I’d', "I'd", 'O', 'Oh']);
/** Dates are no entities. */
const CALENDAR = new Set(
  (
    'Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September ' +
    'October November December'
  ).split(' '),
);
/** Inscriptions and headlines: where whole phrases are in capitals, a capital says nothing. */
const CAPITALS = /\p{Lu}{2,}(?:[ \t\n]+\p{Lu}{2,}){2,}/u;

export function findNames(text: string): NamedEntity[] {
  const names = new Map<string, NamedEntity>();
  const lowerCase = new Set(text.match(/(?<![\p{L}\p{M}\p{N}])\p{Ll}[\p{L}\p{M}]*/gu) ?? []);
  for (const paragraph of text.split(/\n[ \t]*\n/u)) {
    if (CAPITALS.test(paragraph)) continue;
    for (const match of paragraph.matchAll(RUN)) {
      const name = nameOf(
        match[0],
        paragraph.slice(Math.max(0, match.index - BEFORE_CHARACTERS), match.index),
      );
      if (!isName(name, lowerCase)) continue;
      if (!names.has(name)) names.set(name, { name, type: 'term' });
      if (names.size >= NAMES_PER_WINDOW_MAX) return [...names.values()];
    }
  }
  return [...names.values()];
}

function nameOf(run: string, before: string): string {
  const name = run.replace(/\s+/gu, ' ').replace(/['’]s$/u, '');
  return SENTENCE_START.test(before) ? withoutOpener(name) : name;
}

/** What follows the word that any sentence capitalises; nothing where that word may be part of a name. */
function withoutOpener(run: string): string {
  const [first = '', ...words] = run.split(' ');
  const from = words.findIndex((word) => /^\p{Lu}/u.test(word));
  return from < 0 || !OPENERS.has(first.toLowerCase()) ? '' : words.slice(from).join(' ');
}

function isName(name: string, lowerCase: ReadonlySet<string>): boolean {
  if (name.length < 2 || PRONOUNS.has(name) || CALENDAR.has(name)) return false;
  if (name.includes(' ')) return name.split(' ').length <= WORDS_MAX;
  // A word that also stands in lower case is one that somebody chose to capitalise.
  return !lowerCase.has(name.toLowerCase());
}
