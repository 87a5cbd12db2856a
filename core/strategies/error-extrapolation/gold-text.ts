/** A text's canonical form: equal forms are equal texts, whatever blanks, case and width they were typed with. */
import { sha256 } from '../../hash';
import type { StudentTask } from '../../students/student';
import type { Texts } from './records';

const GROUP_DIGITS = 16;

/** NFKC, lower case, runs of blanks as one. Marks stay: "Fine." and "Fine?" are two texts. */
export function normaliseText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** As it is kept: one line end, composed characters, no blanks around. Never of a context that offsets point into. */
export function tidyText(text: string): string {
  return text
    .replace(/^\uFEFF/u, '')
    .replace(/\r\n?/gu, '\n')
    .normalize('NFC')
    .trim();
}

/** The texts of a row, in the order of the task's fields. */
export function partsOf(kind: StudentTask['kind'], row: Texts): readonly string[] {
  if (kind === 'text') return [row.text ?? ''];
  return [row.context ?? '', (kind === 'pair' ? row.target : row.question) ?? ''];
}

/** Equal for rows with equal texts; labels and answers do not count. */
export function textHash(kind: StudentTask['kind'], row: Texts): string {
  return sha256(partsOf(kind, row).map(normaliseText).join('\u0000'));
}

/** The group of rows that must not be parted: those with one context, or one text. */
export function groupHash(contextOrText: string): string {
  return sha256(normaliseText(contextOrText)).slice(0, GROUP_DIGITS);
}
