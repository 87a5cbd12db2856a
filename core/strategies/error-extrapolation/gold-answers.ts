/** Answers inside a context: offsets are checked in code points, and repaired where there is only one place. */
import type { Answer } from '../../students/student';
import type { Fields, Read } from './gold-fields';
import { kindOf, missing, quoted } from './gold-fields';

export const ANSWERS_MAX = 50;
const HAS_SURROGATES = /[\uD800-\uDFFF]/;

export interface ReadAnswers {
  readonly answers: readonly Answer[];
  /** Starts that were wrong, or absent, and are right now. */
  readonly repaired: number;
}
/** `offset`: the answer is text, only its place is not known. */
export type AnswersFault = { readonly fault: string; readonly offset?: true };

export function readAnswers(fields: Fields, context: string): { value: ReadAnswers } | AnswersFault {
  const list = listOf(fields);
  if ('fault' in list) return list;
  const answers: Answer[] = [];
  let repaired = 0;
  for (const [index, given] of list.value.entries()) {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return { fault: `answer ${index + 1} must be an object with text and start, got ${kindOf(given)}.` };
    const { text, start } = given as { text?: unknown; start?: unknown };
    if (typeof text !== 'string' || text.trim() === '')
      return { fault: `answer ${index + 1}: field "text" must be a string that is not empty.` };
    const placed = placeAnswer(context, text, start);
    if ('fault' in placed) return { ...placed, offset: true };
    if (placed.value !== start) repaired += 1;
    if (!answers.some((known) => known.text === text && known.start === placed.value))
      answers.push({ text, start: placed.value });
  }
  return { value: { answers, repaired } };
}

/** A list, or a CSV's cell that holds one as JSON. */
function listOf(fields: Fields): Read<readonly unknown[]> {
  let given = Object.hasOwn(fields, 'answers') ? fields['answers'] : undefined;
  if (given === undefined || given === null) return { fault: missing(fields, 'answers') };
  if (typeof given === 'string') {
    try {
      given = JSON.parse(given) as unknown;
    } catch {
      return { fault: 'field "answers" must be a list of {text, start}, or the same as JSON text.' };
    }
  }
  if (!Array.isArray(given))
    return { fault: `field "answers" must be a list of {text, start}, got ${kindOf(given)}.` };
  if (given.length === 0) return { fault: 'field "answers" is empty.' };
  if (given.length > ANSWERS_MAX)
    return { fault: `field "answers" has ${given.length} answers; ${ANSWERS_MAX} are allowed.` };
  return { value: given };
}

/** Where the answer starts, in code points: as given, or at its only occurrence. */
function placeAnswer(context: string, text: string, start: unknown): Read<number> {
  const known = typeof start === 'number' && Number.isInteger(start) && start >= 0;
  if (known && context.startsWith(text, unitOf(context, start))) return { value: start };
  const places = occurrences(context, text);
  if (places.length === 1) return { value: codePointOf(context, places[0] ?? 0) };
  const where = known ? `is not at code point ${start}` : 'has no start';
  return { fault: `${quoted(text)} ${where} and occurs ${places.length} times.` };
}

function occurrences(context: string, text: string): number[] {
  const places: number[] = [];
  for (let at = context.indexOf(text); at >= 0; at = context.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** UTF-16 offset of a code point; beyond the end for one that does not exist. */
export function unitOf(text: string, codePoint: number): number {
  if (!HAS_SURROGATES.test(text)) return codePoint;
  let unit = 0;
  for (let left = codePoint; left > 0; left -= 1) {
    const character = text.codePointAt(unit);
    if (character === undefined) return text.length + 1;
    unit += character > 0xffff ? 2 : 1;
  }
  return unit;
}

/** How many code points stand before a UTF-16 offset. */
export function codePointOf(text: string, unit: number): number {
  if (!HAS_SURROGATES.test(text)) return unit;
  let codePoints = 0;
  for (let at = 0; at < unit; codePoints += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return codePoints;
}
