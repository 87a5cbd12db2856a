/** If these fail, a user's Parquet upload is read wrongly, or a broken one takes the process down. */
import { Readable } from 'node:stream';
import type { InputItem } from '../../../core/strategy';
import { readParquet } from '../../../infra/inputs/read-parquet';
import { plainValue } from '../../../infra/inputs/plain-value';
import { parquetOf } from '../../support/parquet-of';

async function read(bytes: Buffer, limits = {}): Promise<InputItem[]> {
  const source = {
    bytes: bytes.length,
    read: ({ start, end }: { start: number; end: number }) => Readable.from([bytes.subarray(start, end)]),
  };
  const items: InputItem[] = [];
  for await (const item of readParquet('a.parquet', source, limits)) items.push(item);
  return items;
}

it('gives rows as values with their numbers', async () => {
  const rows = [
    { id: '01', tags: ['a'] },
    { id: '02', tags: [] },
  ];
  expect(await read(await parquetOf(rows))).toEqual([
    { file: 'a.parquet', line: 1, value: rows[0] },
    { file: 'a.parquet', line: 2, value: rows[1] },
  ]);
});

it('reads the head only, and says that there is more', async () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => ({ text: `row ${index}` }));
  const onCut = jest.fn();
  const head = await read(await parquetOf(rows), { bytesMax: 500, onCut });
  expect(head.map(({ value }) => value)).toEqual(rows.slice(0, head.length));
  expect(head.length).toBeGreaterThan(5);
  expect(head.length).toBeLessThan(100);
  expect(onCut).toHaveBeenCalledTimes(1);
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('id,text\n1,a\n')],
  ['a footer that lies about its length', Buffer.from('PAR1\u0000\u00ff\u00ff\u00ffPAR1', 'latin1')],
])('names the fault of a file that is %s', async (_, bytes) => {
  expect(await read(bytes)).toEqual([
    { file: 'a.parquet', line: 1, error: expect.stringContaining('expected a Parquet file') as string },
  ]);
});

it('ends with a fault where a file was cut or changed, wherever that is', async () => {
  const whole = await parquetOf(Array.from({ length: 50 }, (_, index) => ({ text: `row ${index}`, index })));
  for (let at = 0; at < whole.length; at += 7) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at]! ^ 0x5a;
    for (const item of await read(bytes)) expect(item.error ?? item.value).toBeDefined();
  }
  expect((await read(whole.subarray(0, -20))).at(-1)?.error).toContain('expected a Parquet file');
});

it('does not blame the file when its store is away', async () => {
  const gone = new Error('the disk is gone');
  const source = {
    bytes: 100,
    read: () =>
      new Readable({
        read: (): never => {
          throw gone;
        },
      }),
  };
  const items = readParquet('a.parquet', source, {});
  await expect(items[Symbol.asyncIterator]().next()).rejects.toThrow('the disk is gone');
});

it('turns typed values into JSON, and refuses what JSON would change', () => {
  const value = {
    n: 5n,
    at: new Date(0),
    map: new Map([['k', 1n]]),
    none: undefined,
    nan: NaN,
    f: Float32Array.of(1),
  };
  expect(plainValue(value)).toEqual({
    n: 5,
    at: '1970-01-01T00:00:00.000Z',
    map: { k: 1 },
    none: null,
    nan: null,
    f: [1],
  });
  expect(() => plainValue({ id: 2n ** 60n })).toThrow(/1152921504606846976; write the column as text/);
  expect(() => plainValue({ image: Uint8Array.of(1) })).toThrow('a column of bytes');
});
