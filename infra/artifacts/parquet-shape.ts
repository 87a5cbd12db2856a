/** The one shape that fits all records of a dataset: Parquet wants it before the first record. */

export type Shape =
  | { readonly kind: 'boolean' | 'integer' | 'double' | 'text' | 'json' | 'nothing' }
  | { readonly kind: 'list'; readonly element: Shape }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Shape> };

/** More are keys that are data, not names: the value is then kept as JSON text. */
const STRUCT_FIELDS_MAX = 200;
const DEPTH_MAX = 12;

export const NOTHING: Shape = { kind: 'nothing' };
const JSON_TEXT: Shape = { kind: 'json' };

/** The shape of one value. Empty lists and nulls say nothing about what else may stand there. */
export function shapeOf(value: unknown, depth = 0): Shape {
  switch (typeof value) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'string':
      return { kind: 'text' };
    case 'number':
      return { kind: Number.isSafeInteger(value) ? 'integer' : 'double' };
    case 'object':
      if (value === null) return NOTHING;
      if (depth >= DEPTH_MAX) return JSON_TEXT;
      if (Array.isArray(value))
        return {
          kind: 'list',
          element: value.reduce<Shape>((shape, item) => join(shape, shapeOf(item, depth + 1)), NOTHING),
        };
      return structOf(Object.entries(value).map(([name, member]) => [name, shapeOf(member, depth + 1)]));
    default:
      return NOTHING;
  }
}

/** The narrowest shape that holds both; JSON text where they have nothing in common. */
export function join(a: Shape, b: Shape): Shape {
  if (a === b || b.kind === 'nothing') return a;
  if (a.kind === 'nothing') return b;
  if (a.kind === 'list' && b.kind === 'list') {
    const element = join(a.element, b.element);
    return element === a.element ? a : { kind: 'list', element };
  }
  if (a.kind === 'struct' && b.kind === 'struct') return joinStructs(a, b);
  if (a.kind === b.kind) return a;
  if (isNumber(a) && isNumber(b)) return { kind: 'double' };
  return JSON_TEXT;
}

function joinStructs(a: Extract<Shape, { kind: 'struct' }>, b: Extract<Shape, { kind: 'struct' }>): Shape {
  let changed = false;
  const fields = new Map(a.fields);
  for (const [name, shape] of b.fields) {
    const known = fields.get(name);
    const joined = known === undefined ? shape : join(known, shape);
    if (joined === known) continue;
    fields.set(name, joined);
    changed = true;
  }
  if (!changed) return a; // most records look like the ones before: nothing new is kept for them
  return structOf([...fields]);
}

function structOf(fields: readonly (readonly [string, Shape])[]): Shape {
  return fields.length > STRUCT_FIELDS_MAX ? JSON_TEXT : { kind: 'struct', fields: new Map(fields) };
}

const isNumber = ({ kind }: Shape): boolean => kind === 'integer' || kind === 'double';
