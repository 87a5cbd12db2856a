/** If these fail, a user's input loses or changes rows on its way in, or a fault is not named. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { LINE_BYTES_MAX } from '../../../core/story/limits';
import type { InputItem } from '../../../core/strategy';
import { type ReadOptions, readItems } from '../../../infra/inputs/read-input';

async function read(
  name: string,
  content: string | Buffer | Buffer[],
  options?: ReadOptions,
): Promise<InputItem[]> {
  const chunks = Array.isArray(content) ? content : [Buffer.from(content)];
  const items: InputItem[] = [];
  const source = { bytes: Buffer.concat(chunks).length, read: () => Readable.from(chunks) };
  for await (const item of readItems(name, source, options)) items.push(item);
  return items;
}
const values = (items: InputItem[]): unknown[] => items.map((item) => item.value ?? item.error);

/** Cuts bytes at the given places, in any order, also inside a character. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

describe('JSONL', () => {
  it('drops a byte order mark, takes \\r\\n, skips empty lines and keeps line numbers', async () => {
    expect(await read('a.jsonl', '\uFEFF{"a":1}\r\n\r\n\n{"a":2}')).toEqual([
      { file: 'a.jsonl', line: 1, value: { a: 1 } },
      { file: 'a.jsonl', line: 4, value: { a: 2 } },
    ]);
  });

  it('names a bad line and goes on', async () => {
    expect(values(await read('a.jsonl', '{"a":1}\nnot json\n{"a":2}\n'))).toEqual([
      { a: 1 },
      'expected one JSON value in the line, got: not json',
      { a: 2 },
    ]);
  });

  it('names the offset of a byte that is not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"é":"'),
      Buffer.of(0xe9),
      Buffer.from('"}\n{"b":1}\n'),
    ]);
    const [, bad, after] = await read('a.jsonl', bytes);
    expect(bad).toEqual({ file: 'a.jsonl', line: 2, error: expect.stringContaining('byte offset 15') });
    expect(after?.value).toEqual({ b: 1 });
  });

  it('refuses a line that is too long without keeping it, and reads the next one', async () => {
    const chunk = Buffer.alloc(1024 ** 2, 0x61);
    const long = Array.from({ length: LINE_BYTES_MAX / chunk.length + 1 }, () => chunk);
    const items = await read('a.jsonl', [...long, Buffer.from('\n{"a":1}\n')]);
    expect(values(items)).toEqual([expect.stringContaining(`at most ${LINE_BYTES_MAX} bytes`), { a: 1 }]);
  });

  it('stops at the last whole item of the head and says so', async () => {
    const onCut = jest.fn();
    const items = await read('a.jsonl', '{"a":1}\n{"a":2}\n{"a":3}\n', { bytesMax: 20, onCut });
    expect(values(items)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(onCut).toHaveBeenCalledTimes(1);
  });

  it('reads the same items however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: 'binary' }) }), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (rows, end, places) => {
          const bytes = Buffer.from(rows.map((row) => JSON.stringify(row) + end).join(''));
          expect(values(await read('a.jsonl', cutAt(bytes, places)))).toEqual(
            JSON.parse(JSON.stringify(rows)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('unpacks .jsonl.gz, and names a file that is not gzip', async () => {
    expect(values(await read('a.jsonl.gz', gzipSync('{"a":1}\n')))).toEqual([{ a: 1 }]);
    expect(values(await read('a.jsonl.gz', '{"a":1}\n'))).toEqual([
      expect.stringContaining('expected gzip data'),
    ]);
  });
});

describe('CSV', () => {
  it('gives objects of strings by the header, with quoted commas and line ends', async () => {
    const items = await read('a.csv', '\uFEFFid,text\r\n1,"a, ""b""\r\nc"\r\n\r\n2,d\r\n');
    expect(values(items)).toEqual([
      { id: '1', text: 'a, "b"\nc' },
      { id: '2', text: 'd' },
    ]);
  });

  it('names a record with too many columns and a bad byte, and goes on', async () => {
    const bytes = Buffer.concat([Buffer.from('id,text\n1,a,b\n2,'), Buffer.of(0xff), Buffer.from('\n3,c\n')]);
    const items = await read('a.csv', bytes);
    expect(values(items)).toEqual([
      'expected 2 columns as the header has, got 3',
      expect.stringContaining('byte offset 16'),
      { id: '3', text: 'c' },
    ]);
    expect(items.map((item) => item.line)).toEqual([2, 3, 4]);
  });

  it('names a quote that is never closed, but not when only the head was read', async () => {
    const text = 'id,text\n1,a\n2,"b\nc\nd';
    expect(values(await read('a.csv', text))).toEqual([
      { id: '1', text: 'a' },
      'expected a closing quote, got the end of the file',
    ]);
    expect(values(await read('a.csv', text, { bytesMax: 18 }))).toEqual([{ id: '1', text: 'a' }]);
  });

  it('reads the same records however the bytes are cut', async () => {
    const bytes = Buffer.from('id,text\n1,"ä\n€"\n2,𝄞\n3,"x, y"\n');
    const whole = values(await read('a.csv', bytes));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 6 }), async (places) => {
        expect(values(await read('a.csv', cutAt(bytes, places)))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});

describe('text', () => {
  it('gives a whole file as one item, without its byte order mark', async () => {
    expect(await read('a.md', '\uFEFF# T\n\nx')).toEqual([
      { file: 'a.md', line: 1, value: { text: '# T\n\nx' } },
    ]);
    expect(await read('a.txt', ' \n')).toEqual([]);
  });

  it('names bad bytes and names it cannot read', async () => {
    expect(values(await read('a.txt', Buffer.of(0x61, 0xc3)))).toEqual([
      expect.stringContaining('byte offset 1'),
    ]);
    expect(values(await read('a.pdf', 'x'))).toEqual([expect.stringContaining('.jsonl, .jsonl.gz')]);
  });
});

it('refuses what reading would change or lose: long integers, and columns of one name', async () => {
  expect(await read('a.jsonl', '{"id":12345678901234567890}\n')).toMatchObject([
    { error: expect.stringContaining('quotes') as string },
  ]);
  expect(await read('a.jsonl', '{"id":"12345678901234567890"}\n')).toMatchObject([
    { value: { id: '12345678901234567890' } },
  ]);
  const errors = (await read('a.csv', 'x,x\n1,2\n')).map(({ error }) => error ?? '').join(' ');
  expect(errors).toContain('"x" twice');
});
