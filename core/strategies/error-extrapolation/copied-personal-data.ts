/** Marks of a person that a text has from its source: by form alone, however they are written again. */

/** Begins where no earlier character could: a long run of letters is scanned once. */
const EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"]+/giu;
const LINK_END = /[.,;:!?)\]}'’”]+$/u;
/** Digits with single separators between them: telephone numbers, accounts, customers. */
const NUMBER = /\p{Nd}(?:[ .,()/-]{0,2}\p{Nd}){6,}/gu;
const DATE = /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})$/u;

const FORMS: readonly (readonly [name: string, find: (text: string) => string[]])[] = [
  ['e-mail address', (text) => Array.from(text.matchAll(EMAIL), ([found]) => found.toLowerCase())],
  ['URL', (text) => Array.from(text.matchAll(LINK), ([found]) => found.toLowerCase().replace(LINK_END, ''))],
  ['number', numbersIn],
];

/** What kind of mark the text shares with one of its sources. */
export function copiedPersonalData(text: string, sources: readonly string[]): string | undefined {
  for (const [name, find] of FORMS) {
    const found = find(text);
    if (found.length === 0) continue;
    const known = new Set(sources.flatMap(find));
    if (found.some((mark) => known.has(mark))) return name;
  }
  return undefined;
}

/** Numbers as their digits. A date is nobody's. */
function numbersIn(text: string): string[] {
  return Array.from(text.matchAll(NUMBER), ([found]) => found)
    .filter((found) => !DATE.test(found))
    .map((found) => found.replace(/[^\p{Nd}]/gu, ''));
}
