/** Fields of an input row, read one by one: what is wrong is said in words a person can act on. */
import { nearestName } from '../../nearest-name';
import type { InputItem } from '../../strategy';

export const FIELD_CHARACTERS_MAX = 32_000;
export const ID_CHARACTERS_MAX = 200;
const SHOWN_CHARACTERS_MAX = 100;
/** With the `u` flag a pair is one character, so that only halves match. */
const HALF_CHARACTER = /\p{Surrogate}/u;

export type Fields = Readonly<Record<string, unknown>>;
/** What was read, or what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly fault: string };

/** The item as an object with fields. */
export function fieldsOf(item: InputItem, wanted: readonly string[]): Read<Fields> {
  if (item.error !== undefined) return { fault: `${item.error}.` };
  const { value } = item;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fault: `expected an object with the fields ${wanted.join(', ')}, got ${kindOf(value)}.` };
  return { value: value as Fields };
}

/** A text that must be there, as it was given. */
export function readText(fields: Fields, name: string): Read<string> {
  const given = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (given === undefined || given === null) return { fault: missing(fields, name) };
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string') return { fault: `field "${name}" must be a string, got ${kindOf(given)}.` };
  if (text.trim() === '') return { fault: `field "${name}" is empty.` };
  if (text.length > FIELD_CHARACTERS_MAX) {
    const [got, most] = [text.length, FIELD_CHARACTERS_MAX].map((n) => n.toLocaleString('en'));
    return { fault: `field "${name}" has ${got} characters; ${most} are allowed.` };
  }
  if (HALF_CHARACTER.test(text))
    return { fault: `field "${name}" holds half a character (a lone surrogate); write the file as UTF-8.` };
  return { value: text };
}

/** A short name that may be absent; a CSV has no absent fields, only empty ones. Numbers are as good as their digits. */
export function readName(fields: Fields, name: string): Read<string | undefined> {
  const given = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const text = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
  if (text === undefined || text === null || (typeof text === 'string' && text.trim() === ''))
    return { value: undefined };
  if (typeof text !== 'string') return { fault: `field "${name}" must be a string, got ${kindOf(given)}.` };
  const trimmed = text.trim();
  return trimmed.length > ID_CHARACTERS_MAX
    ? { fault: `field "${name}" has ${trimmed.length} characters; ${ID_CHARACTERS_MAX} are allowed.` }
    : { value: trimmed };
}

/** One label id. */
export function readLabel(fields: Fields): Read<string> {
  const given = Object.hasOwn(fields, 'label') ? fields['label'] : undefined;
  if (given === undefined || given === null) return { fault: missing(fields, 'label') };
  if (Array.isArray(given)) return { fault: 'field "label" must be one label, got a list.' };
  const read = readName(fields, 'label');
  if ('fault' in read) return read;
  return read.value === undefined ? { fault: 'field "label" is empty.' } : { value: read.value };
}

export function missing(fields: Fields, name: string): string {
  const meant = nearestName(name, Object.keys(fields));
  return meant === undefined || meant === name
    ? `field "${name}" is missing.`
    : `field "${name}" is missing; there is "${meant.slice(0, SHOWN_CHARACTERS_MAX)}".`;
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A value as a message shows it: quoted, and not endless. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
  return JSON.stringify(cut);
}
