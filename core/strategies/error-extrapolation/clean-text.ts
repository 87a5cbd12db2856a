/** What models put around a text that was asked for, taken off again. */
import type { TaskKind } from './records';

/** Layers around one text: more are not an accident any more. */
const LAYERS_MAX = 8;
/** A shorter piece of the prompt may well be the text's own beginning. */
const ECHO_CHARACTERS_MIN = 12;

const THOUGHTS = /^<think>[\s\S]*?(?:<\/think>|$)/u;
const CODE_FENCE = /^```[a-z]*\n([\s\S]*?)\n?```$/u;
const LEAD_IN =
  /^(?:sure|certainly|of course|okay|ok|absolutely|here(?:['’]s| is| are| you go))\b[^\n]{0,160}[:!.]\s*\n+/iu;
/** With a number where several were written. */
const ROLE = 'assistant|ai|model|user|human|output|response|result|answer|example|(?:new )?';
const PREFIXES: Readonly<Record<TaskKind, RegExp>> = {
  text: prefix(`${ROLE}text`),
  pair: prefix(`${ROLE}(?:target|statement|sentence|hypothesis|text)`),
  'extractive-qa': prefix(`${ROLE}question|q`),
};
const BULLET = /^(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+)/u;
const PAIRS: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['”', '”'],
  ['„', '“'],
  ['„', '”'],
  ['‘', '’'],
  ['«', '»'],
  ['»', '«'],
  ['「', '」'],
  ['『', '』'],
  ['`', '`'],
  ['**', '**'],
  ['<<<', '>>>'],
];

function prefix(roles: string): RegExp {
  return new RegExp(`^\\**(?:${roles})(?: ?\\d{1,3})?\\**\\s*[:：]\\**\\s*`, 'iu');
}

/** The text alone: without role, lead-in, bullet, number, wrapping quotes and the prompt's own words. */
export function cleanText(text: string, kind: TaskKind, prompt: string): string {
  const echoes = echoesOf(prompt);
  let clean = text.trim();
  for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
    const bare = withoutLayer(clean, kind, echoes);
    if (bare === clean) break;
    clean = bare;
  }
  return clean;
}

function withoutLayer(text: string, kind: TaskKind, echoes: readonly string[]): string {
  const inner = text
    .replace(THOUGHTS, '')
    .trim()
    .replace(CODE_FENCE, '$1')
    .replace(LEAD_IN, '')
    .replace(PREFIXES[kind], '')
    .replace(BULLET, '');
  return withoutEcho(withoutQuotes(inner.trim()), echoes);
}

/** Quotes that hold the whole text, or one that was opened in the prompt or never closed. */
export function withoutQuotes(text: string): string {
  for (const [open, close] of PAIRS) {
    if (text.length < open.length + close.length || !text.startsWith(open) || !text.endsWith(close)) continue;
    const inner = text.slice(open.length, -close.length);
    if (!holdsQuote(inner, open) && !holdsQuote(inner, close)) return inner.trim();
  }
  const single = text.indexOf('"');
  if (single < 0 || single !== text.lastIndexOf('"')) return text;
  if (single === 0) return text.slice(1).trim();
  return single === text.length - 1 ? text.slice(0, -1).trim() : text;
}

/** An apostrophe inside a word is no quote. */
function holdsQuote(inner: string, mark: string): boolean {
  if (mark !== "'" && mark !== '’') return inner.includes(mark);
  return new RegExp(`(?<![\\p{L}\\p{N}])${mark}|${mark}(?![\\p{L}\\p{N}])`, 'u').test(inner);
}

/** The prompt's last lines, and each of its sentences: what a model repeats before it begins. */
function echoesOf(prompt: string): string[] {
  const lines = prompt.split('\n').map((line) => line.trim());
  const last = lines.at(-1) ?? '';
  const ends = Array.from(last.matchAll(/[.:?!](?=\s|$)/gu), ({ index }) => index + 1);
  const sentences = ends.map((end, i) => last.slice(ends[i - 1] ?? 0, end).trim());
  return [prompt, last, ...sentences]
    .filter((echo) => echo.length >= ECHO_CHARACTERS_MIN)
    .sort((a, b) => b.length - a.length);
}

function withoutEcho(text: string, echoes: readonly string[]): string {
  const lower = text.toLowerCase();
  const echo = echoes.find((one) => lower.startsWith(one.toLowerCase()));
  return echo === undefined ? text : text.slice(echo.length).trim();
}
