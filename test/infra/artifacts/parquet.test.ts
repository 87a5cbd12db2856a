/** If these fail, the Parquet file of a dataset holds other records than its JSON lines, or cannot be loaded. */
import fc from 'fast-check';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { plainValue } from '../../../infra/inputs/plain-value';
import { parquetOf } from '../../support/parquet-of';

const bufferOf = (bytes: Buffer) => Uint8Array.from(bytes).buffer;

async function readBack(bytes: Buffer): Promise<unknown[]> {
  return (await parquetReadObjects({ file: bufferOf(bytes) })).map(plainValue);
}

/** Columns as `name: type`, groups as `name{…}`. */
async function columnsOf(records: readonly unknown[]): Promise<string[]> {
  const { schema } = await parquetMetadataAsync(bufferOf(await parquetOf(records)));
  return schema
    .slice(1)
    .map(
      ({ name, type, converted_type, num_children }) =>
        `${name}: ${converted_type ?? type ?? `group of ${num_children}`}`,
    );
}

it('keeps texts, numbers, truth values, lists and structs as what they are', async () => {
  const records = [
    { text: 'ä €', n: 1, share: 0.5, ok: true, tags: ['a', 'b'], meta: { id: 'x', at: [{ from: 1 }] } },
    { text: '', n: 2 ** 53 - 1, share: 1, ok: false, tags: [], meta: { id: 'y', at: [] } },
  ];
  expect(await readBack(await parquetOf(records))).toEqual(records);
  expect(await columnsOf(records)).toEqual([
    'meta: group of 2',
    'at: LIST',
    'list: group of 1',
    'element: group of 1',
    'from: INT64',
    'id: UTF8',
    'n: INT64',
    'ok: BOOLEAN',
    'share: DOUBLE',
    'tags: LIST',
    'list: group of 1',
    'element: UTF8',
    'text: UTF8',
  ]);
});

it('gives null for what a record does not have, apart from an empty list', async () => {
  const records = [{ a: null, list: [] }, { a: 'x', list: null }, { list: [null, 'y'] }];
  expect(await readBack(await parquetOf(records))).toEqual([
    { a: null, list: [] },
    { a: 'x', list: null },
    { a: null, list: [null, 'y'] },
  ]);
});

it('keeps what has no one type as JSON text, and says so in the footer', async () => {
  const records = [
    { mixed: 'a', deep: { x: [1] }, none: {} },
    { mixed: { b: 1 }, deep: { x: ['1'] }, none: {} },
  ];
  const bytes = await parquetOf(records, { 'perennial.dataset_sha256': 'abc' });
  expect(await readBack(bytes)).toEqual([
    { mixed: '"a"', deep: { x: ['1'] }, none: '{}' },
    { mixed: '{"b":1}', deep: { x: ['"1"'] }, none: '{}' },
  ]);
  const { key_value_metadata } = await parquetMetadataAsync(bufferOf(bytes));
  expect(key_value_metadata).toEqual([
    { key: 'perennial.dataset_sha256', value: 'abc' },
    { key: 'perennial.json_fields', value: '["deep.x[]","mixed","none"]' },
  ]);
});

it.each([
  ['no records', [], []],
  ['records that are no objects', ['a', 'b'], [{ value: 'a' }, { value: 'b' }]],
  ['records with nothing in common', [{ a: 1 }, 'b'], [{ value: '{"a":1}' }, { value: '"b"' }]],
  ['records without members', [{}], [{ value: '{}' }]],
  ['names with dots and quotes', [{ 'a.b': { 'c"': 1 } }], [{ 'a.b': { 'c"': 1 } }]],
])('writes a file that can be read for %s', async (_, records, expected) => {
  expect(await readBack(await parquetOf(records))).toEqual(expected);
});

it('keeps keys that are data as JSON text instead of thousands of columns', async () => {
  const words = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`word${index}`, index]));
  expect(await columnsOf([{ counts: words }])).toEqual(['counts: UTF8']);
});

it('cuts many records into row groups, in order', async () => {
  const records = Array.from({ length: 60_000 }, (_, index) => ({ index, label: `l${index % 7}` }));
  const bytes = await parquetOf(records);
  const { row_groups } = await parquetMetadataAsync(bufferOf(bytes));
  expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([50_000, 10_000]);
  expect(await readBack(bytes)).toEqual(records);
});

it('gives back records of one shape as they were, and equal bytes for equal records', async () => {
  const record = fc.record({
    text: fc.string({ unit: 'grapheme', maxLength: 20 }),
    n: fc.option(fc.maxSafeInteger()),
    x: fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
    list: fc.option(fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 3 })),
    inner: fc.option(
      fc.record({ a: fc.boolean(), many: fc.array(fc.record({ b: fc.option(fc.nat()) }), { maxLength: 3 }) }),
    ),
  });
  const full = { text: '', n: 1, x: 0.5, list: ['a'], inner: { a: true, many: [{ b: 1 }] } };
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 12 }), async (some) => {
      const records = [full, ...some];
      const bytes = await parquetOf(records);
      expect(await readBack(bytes)).toEqual(records);
      expect((await parquetOf(records)).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
