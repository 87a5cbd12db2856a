/** A value that fits a JSON Schema, drawn from a seed. */
import type { Json } from '../../../core/json';
import type { Random } from '../../../core/random';
import { paragraph, phrase } from './scripted-words';

const DEPTH_MAX = 12;
const ITEMS_DEFAULT = 3;
const ITEMS_MAX = 50;
const NUMBER_SPAN = 100;
const DAY_MS = 86_400_000;
const DAYS_FROM_EPOCH = 19_000;
const DAYS_SPAN = 2_000;

type Schema = Readonly<Record<string, Json>>;

const asSchema = (value: Json | undefined): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const asNumber = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** Covers what structured output of providers covers; `pattern` and `not` are left to luck. */
export function instanceOf(schema: Json, random: Random): Json {
  return build(asSchema(schema), asSchema(schema), random, 0);
}

function build(schema: Schema, root: Schema, random: Random, depth: number): Json {
  if (depth > DEPTH_MAX) return null;
  if (schema.const !== undefined) return schema.const;
  const choices = asList(schema.enum);
  if (choices.length > 0) return choices[random.integer(choices.length)] ?? null;
  if (typeof schema.$ref === 'string') return build(resolve(schema.$ref, root), root, random, depth + 1);
  const options = [...asList(schema.anyOf), ...asList(schema.oneOf)];
  if (options.length > 0) return build(asSchema(choose(options, random, depth)), root, random, depth + 1);
  const parts = asList(schema.allOf).map(asSchema);
  const whole = parts.length === 0 ? schema : merge([schema, ...parts], root);
  switch (typeOf(whole, random)) {
    case 'object':
      return buildObject(whole, root, random, depth);
    case 'array':
      return buildArray(whole, root, random, depth);
    case 'string':
      return buildString(whole, random);
    case 'integer':
      return buildNumber(whole, random, 1);
    case 'number':
      return buildNumber(whole, random, 0.01);
    case 'boolean':
      return random.integer(2) === 1;
    default:
      return null;
  }
}

/** Deep inside, the last option: recursive schemas end with `null` or a leaf there. */
function choose(options: readonly Json[], random: Random, depth: number): Json {
  const index = depth > DEPTH_MAX / 2 ? options.length - 1 : random.integer(options.length);
  return options[index] ?? null;
}

function typeOf(schema: Schema, random: Random): string {
  if (typeof schema.type === 'string') return schema.type;
  const types = asList(schema.type);
  if (types.length > 0) return String(types[random.integer(types.length)]);
  if (schema.properties !== undefined) return 'object';
  return schema.items === undefined && schema.prefixItems === undefined ? 'string' : 'array';
}

function resolve(ref: string, root: Schema): Schema {
  let found: Json | undefined = root;
  for (const part of ref.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    found = asSchema(found)[part.replace(/~1/g, '/').replace(/~0/g, '~')];
  }
  return asSchema(found);
}

function merge(parts: readonly Schema[], root: Schema): Schema {
  let merged: Record<string, Json> = {};
  for (const part of parts) {
    const whole = typeof part.$ref === 'string' ? resolve(part.$ref, root) : part;
    merged = {
      ...merged,
      ...whole,
      properties: { ...asSchema(merged.properties), ...asSchema(whole.properties) },
      required: [...asList(merged.required), ...asList(whole.required)],
    };
  }
  delete merged.allOf;
  return merged;
}

function buildObject(schema: Schema, root: Schema, random: Random, depth: number): Json {
  const required = asList(schema.required);
  const members: Record<string, Json> = {};
  for (const [name, member] of Object.entries(asSchema(schema.properties))) {
    const wanted = required.includes(name) || (depth < DEPTH_MAX / 2 && random.integer(2) === 1);
    if (wanted) members[name] = build(asSchema(member), root, random, depth + 1);
  }
  return members;
}

function buildArray(schema: Schema, root: Schema, random: Random, depth: number): Json {
  const fixed = asList(schema.prefixItems).map((item) => build(asSchema(item), root, random, depth + 1));
  const least = asNumber(schema.minItems) ?? (fixed.length > 0 ? fixed.length : 1);
  const most = Math.min(asNumber(schema.maxItems) ?? Math.max(least, ITEMS_DEFAULT), ITEMS_MAX);
  const length = Math.max(fixed.length, least + random.integer(Math.max(1, most - least + 1)));
  const items = [...fixed];
  while (items.length < Math.min(length, Math.max(most, fixed.length))) {
    if (schema.items === undefined && fixed.length > 0) break;
    items.push(build(asSchema(schema.items), root, random, depth + 1));
  }
  return schema.uniqueItems === true
    ? [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
    : items;
}

function buildString(schema: Schema, random: Random): string {
  const day = new Date((DAYS_FROM_EPOCH + random.integer(DAYS_SPAN)) * DAY_MS).toISOString();
  const hex = (digits: number): string =>
    random
      .integer(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  switch (schema.format) {
    case 'date-time':
      return day;
    case 'date':
      return day.slice(0, 10);
    case 'time':
      return day.slice(11);
    case 'email':
      return `reader${random.integer(1_000)}@example.com`;
    case 'uri':
      return `https://example.com/${hex(6)}`;
    case 'uuid':
      return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(8)}${hex(4)}`;
    default:
      return sizedText(asNumber(schema.minLength) ?? 0, asNumber(schema.maxLength), random);
  }
}

function sizedText(least: number, most: number | undefined, random: Random): string {
  let text = most !== undefined && most < 80 ? phrase(random) : paragraph(random, 1 + random.integer(2));
  while (text.length < least) text += ` ${paragraph(random, 1)}`;
  return most === undefined ? text : text.slice(0, Math.max(most, least)).trimEnd().padEnd(least, '.');
}

function buildNumber(schema: Schema, random: Random, smallest: number): number {
  const step = asNumber(schema.multipleOf) ?? smallest;
  const above = asNumber(schema.exclusiveMinimum);
  const below = asNumber(schema.exclusiveMaximum);
  const lowest = asNumber(schema.minimum) ?? (above === undefined ? undefined : above + step);
  const highest = asNumber(schema.maximum) ?? (below === undefined ? undefined : below - step);
  const low = Math.ceil((lowest ?? Math.min(0, (highest ?? 0) - NUMBER_SPAN)) / step);
  const high = Math.floor((highest ?? low * step + NUMBER_SPAN) / step);
  const value = (low + random.integer(Math.max(1, high - low + 1))) * step;
  // 0.1 × 3 is not 0.3: cut the dust of binary fractions.
  return Number(value.toFixed(10));
}
