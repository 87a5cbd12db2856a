/** From the shape of the records to Parquet's schema, and from values to what a column of that schema holds. */
import type { SchemaElement } from 'hyparquet';
import type { Shape } from './parquet-shape';

/** Where records are not objects, or have nothing in common, they stand in one column of this name. */
const VALUE_COLUMN = 'value';

export interface ParquetColumn {
  readonly name: string;
  readonly shape: Shape;
}

/** The columns in the order of their names, as canonical JSON has them. */
export function columnsOf(shape: Shape): ParquetColumn[] {
  return isTable(shape) ? sorted(shape.fields) : [{ name: VALUE_COLUMN, shape }];
}

function isTable(shape: Shape): shape is Extract<Shape, { readonly kind: 'struct' }> {
  return shape.kind === 'struct' && shape.fields.size > 0;
}

/** One column's cells of these records, all of which have the shape. */
export function cellsOf(records: readonly unknown[], { name, shape }: ParquetColumn, of: Shape): unknown[] {
  if (!isTable(of)) return records.map((record) => cellOf(record, shape));
  return (records as readonly Readonly<Record<string, unknown>>[]).map((record) =>
    cellOf(Object.hasOwn(record, name) ? record[name] : null, shape),
  );
}

/** Everything may be missing: a record need not have every field, and a list may hold null. */
export function schemaOf(columns: readonly ParquetColumn[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.flatMap(({ name, shape }) => elementsOf(name, shape)),
  ];
}

function elementsOf(name: string, shape: Shape): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  switch (shape.kind) {
    case 'boolean':
      return [{ ...optional, type: 'BOOLEAN' }];
    case 'integer':
      return [{ ...optional, type: 'INT64' }];
    case 'double':
      return [{ ...optional, type: 'DOUBLE' }];
    case 'list':
      return [
        { ...optional, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elementsOf('element', shape.element),
      ];
    case 'struct':
      if (shape.fields.size === 0) return textElement(name); // Parquet has no group without members
      return [
        { ...optional, num_children: shape.fields.size },
        ...sorted(shape.fields).flatMap((field) => elementsOf(field.name, field.shape)),
      ];
    case 'text':
    case 'json':
    case 'nothing':
      return textElement(name);
  }
}

/** JSON is plain text too: readers differ in what they make of Parquet's own JSON type. */
function textElement(name: string): SchemaElement[] {
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      type: 'BYTE_ARRAY',
      converted_type: 'UTF8',
      logical_type: { type: 'STRING' },
    },
  ];
}

/** The value as its column takes it: whole numbers as bigint, what has no type of its own as JSON text. */
function cellOf(value: unknown, shape: Shape): unknown {
  if (value === null || value === undefined) return null;
  switch (shape.kind) {
    case 'integer':
      return BigInt(value as number);
    case 'list':
      return (value as readonly unknown[]).map((item) => cellOf(item, shape.element));
    case 'struct': {
      if (shape.fields.size === 0) return JSON.stringify(value);
      const given = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        [...shape.fields].map(([name, field]) => [
          name,
          cellOf(Object.hasOwn(given, name) ? given[name] : null, field),
        ]),
      );
    }
    case 'json':
      return JSON.stringify(value);
    case 'boolean':
    case 'double':
    case 'text':
    case 'nothing':
      return value;
  }
}

/** Names of the columns, or of fields in them, that hold JSON text: `meta.extra`, `items[]`. */
export function jsonFields(columns: readonly ParquetColumn[]): string[] {
  const inside = (path: string, shape: Shape): string[] => {
    if (shape.kind === 'json' || (shape.kind === 'struct' && shape.fields.size === 0)) return [path];
    if (shape.kind === 'list') return inside(`${path}[]`, shape.element);
    if (shape.kind !== 'struct') return [];
    return sorted(shape.fields).flatMap((field) => inside(`${path}.${field.name}`, field.shape));
  };
  return columns.flatMap(({ name, shape }) => inside(name, shape));
}

function sorted(fields: ReadonlyMap<string, Shape>): ParquetColumn[] {
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, shape]) => ({ name, shape }));
}
