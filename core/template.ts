/** Prompt templates: `{slot}` is filled in, `{{` and `}}` are braces. */
import { Problem } from './problem';

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const SLOT = /^[\p{L}_][\p{L}\p{N}_ .-]{0,99}$/u;
const SHOWN_CHARACTERS = 40;

/** Names of a template's slots, each once, in order. Throws `Problem('params-invalid')` for a stray brace. */
export function slotsOf(template: string): string[] {
  const slots = new Set<string>();
  for (const match of template.matchAll(TOKEN)) {
    const [token, inside] = match;
    if (token === '{{' || token === '}}') continue;
    const name = inside?.trim();
    if (name === undefined || !SLOT.test(name)) throw strayBrace(template, match.index);
    slots.add(name);
  }
  return [...slots];
}

function strayBrace(template: string, place: number): Problem {
  const shown = template.slice(place, place + SHOWN_CHARACTERS);
  return new Problem(
    'params-invalid',
    `template: expected a slot like {name} or a doubled brace at character ${place + 1}, got ${JSON.stringify(shown)}. Write {{ and }} for braces that are meant as such.`,
  );
}

/** The text with its slots filled in: strings as they are, other values as JSON. Throws RangeError for a missing one. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(TOKEN, (token: string, inside: string | undefined) => {
    if (token === '{{') return '{';
    if (token === '}}') return '}';
    if (inside === undefined) return token;
    const name = inside.trim();
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new RangeError(`no value for slot {${name}}`);
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
