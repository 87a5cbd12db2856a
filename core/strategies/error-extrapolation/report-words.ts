/** Numbers as the report of this strategy says them. What is not there is a dash: never NaN, never an empty word. */
import { formatUsd } from '../../report/format';
import type { SectionBlock } from '../../report';

export const NOT_KNOWN = '–';

export type Facts = Readonly<Record<string, unknown>>;

/** A number that can be shown; facts come from JSON, and old jobs lack some. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function countOf(value: unknown): number | string {
  return numberOf(value) ?? NOT_KNOWN;
}

/** A share in percent, without the sign: columns name it. */
export function percent(share: unknown, digits = 1): string {
  const value = numberOf(share);
  return value === undefined ? NOT_KNOWN : withMinus((100 * value).toFixed(digits));
}

/** A difference of shares in points; a plus where it is one. */
export function points(share: unknown, digits = 1): string {
  const value = percent(share, digits);
  return value === NOT_KNOWN || value.startsWith('−') || Number(value) === 0 ? value : `+${value}`;
}

export function interval(low: unknown, high: unknown, say = percent): string {
  return numberOf(low) === undefined || numberOf(high) === undefined
    ? NOT_KNOWN
    : `${say(low)} to ${say(high)}`;
}

export function decimal(value: unknown, digits = 2): string {
  const number = numberOf(value);
  return number === undefined ? NOT_KNOWN : withMinus(number.toFixed(digits));
}

export function probability(p: unknown): string {
  const value = numberOf(p);
  if (value === undefined) return NOT_KNOWN;
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

export function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

export function usd(value: number | undefined): string {
  return value === undefined ? NOT_KNOWN : formatUsd(value);
}

export function text(content: string): SectionBlock {
  return { type: 'text', text: content };
}

/** Sentences below one another. */
export function list(sentences: readonly string[]): SectionBlock[] {
  return sentences.map(text);
}

/** "-0.0" is no number to read, and a hyphen no minus. */
function withMinus(digits: string): string {
  return Number(digits) === 0 ? digits.replace('-', '') : digits.replace('-', '−');
}
