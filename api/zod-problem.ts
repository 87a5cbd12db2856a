import { z } from 'zod';
import { nearestName } from '../core/nearest-name';
import { Problem } from '../core/problem';

type Issue = z.core.$ZodIssue;

const ISSUES_SHOWN_MAX = 5;
const SHOWN_CHARACTERS_MAX = 80;
const KEYS_SHOWN_MAX = 30;

/**
 * Zod's issues as one Problem that names place, expectation and what came.
 * @param prefix where `data` lies in the request: `params`.
 */
export function problemOf(
  error: z.core.$ZodError,
  schema: z.core.$ZodType,
  data: unknown,
  prefix = '',
): Problem {
  const faults = error.issues.map((issue) => describe(issue, schema, data, prefix));
  const shown = faults.slice(0, ISSUES_SHOWN_MAX).map((fault) => `${fault.at || 'the body'}: ${fault.text}`);
  const more = faults.length > ISSUES_SHOWN_MAX ? ` And ${faults.length - ISSUES_SHOWN_MAX} more.` : '';
  return new Problem('params-invalid', `${shown.join(' ')}${more}`, faults[0]?.at);
}

function describe(
  issue: Issue,
  schema: z.core.$ZodType,
  data: unknown,
  prefix: string,
): { at: string; text: string } {
  const at = placeOf(prefix, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return {
      at: placeOf(prefix, [...issue.path, key]),
      text: unknownName(key, knownKeys(schema, issue.path)),
    };
  }
  const value = valueAt(data, issue.path);
  if (issue.code === 'custom' && issue.message.includes(', got ')) return { at, text: `${issue.message}.` };
  if (value === undefined) return { at, text: `expected ${expectation(issue)}, got nothing.` };
  return { at, text: `expected ${expectation(issue)}, got ${shown(value)}.` };
}

/** Says which names there are, and which one was meant. */
export function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const list = known.slice(0, KEYS_SHOWN_MAX).join(', ') + (known.length > KEYS_SHOWN_MAX ? ', …' : '');
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return `expected one of ${list || '(none)'}, got "${name}".${meant}`;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : withArticle(issue.expected);
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_union': {
      const first = issue.errors.map((issues) => issues[0]).filter((found) => found !== undefined);
      return first.length === 0 ? plain(issue.message) : [...new Set(first.map(expectation))].join(', or ');
    }
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    default:
      return plain(issue.message);
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '';
  return `${relation} ${limit}${unit}`;
}

function withArticle(type: string): string {
  if (type === 'record') return 'an object';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Zod's own words without "Invalid input: expected". */
function plain(message: string): string {
  return message.replace(/^[^:]*: /, '').replace(/^expected /, '');
}

function placeOf(prefix: string, path: readonly PropertyKey[]): string {
  return [prefix, ...path.map(String)].filter((part) => part !== '').join('.');
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    data,
  );
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly anyOf?: readonly ObjectSchema[];
  readonly items?: ObjectSchema;
}

/** Property names a schema knows at a place, from its JSON Schema. */
function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ObjectSchema;
  const inside = (nodes: readonly ObjectSchema[]): readonly ObjectSchema[] =>
    nodes.flatMap((node) => (node.anyOf ? inside(node.anyOf) : [node]));
  const found = path.reduce<readonly ObjectSchema[]>(
    (nodes, key) =>
      inside(nodes).flatMap((node) =>
        typeof key === 'number' ? (node.items ?? []) : (node.properties?.[String(key)] ?? []),
      ),
    [root],
  );
  return [...new Set(inside(found).flatMap((node) => Object.keys(node.properties ?? {})))];
}
