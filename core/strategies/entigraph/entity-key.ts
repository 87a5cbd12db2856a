import { isUnspaced, words } from '../../text/words';

const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff\u00ad]/gu;

/** Names with equal keys are the same entity. */
export function entityKey(name: string): string {
  return name
    .normalize('NFKC')
    .replace(ZERO_WIDTH, '')
    .replace(/[‘’‛]/gu, "'")
    .replace(/[“”„]/gu, '"')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
    .replace(/^(?:the|an|a) /u, '')
    .replace(/'s(?![\p{L}\p{N}])/gu, '');
}

/** True where `plural` is a regular English plural of `singular`; both are keys. */
export function isPlural(plural: string, singular: string): boolean {
  return (
    plural === `${singular}s` ||
    plural === `${singular}es` ||
    (singular.endsWith('y') && plural === `${singular.slice(0, -1)}ies`)
  );
}

/** A text made ready to be searched for names: words between single blanks, without possessive endings. */
export function searchable(text: string): string {
  const plain = text
    .normalize('NFKC')
    .replace(ZERO_WIDTH, '')
    .toLowerCase()
    .replace(/[‘’‛]/gu, "'")
    .replace(/'s(?![\p{L}\p{N}])/gu, '');
  return ` ${(plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ')} `;
}

/** A name as {@link searchable} texts have it. */
export function needleOf(name: string): string {
  return searchable(entityKey(name)).trim();
}

/** How often a name stands in a {@link searchable} text; regular plurals count. */
export function countMentions(name: string, text: string): number {
  return countNeedle(needleOf(name), text);
}

/** {@link countMentions} for a needle made before, where many texts are searched. */
export function countNeedle(needle: string, text: string): number {
  if (needle === '') return 0;
  // Unspaced scripts have no word borders to ask for.
  if (isUnspaced(needle)) return text.replaceAll(' ', '').split(needle.replaceAll(' ', '')).length - 1;
  let count = 0;
  for (let at = text.indexOf(` ${needle}`); at >= 0; at = text.indexOf(` ${needle}`, at + 1)) {
    if (/^(?:e?s)? /u.test(text.slice(at + needle.length + 1, at + needle.length + 4))) count += 1;
  }
  return count;
}

/** The words of a key, for counting and comparing. */
export function keyWords(name: string): string[] {
  return words(entityKey(name));
}
