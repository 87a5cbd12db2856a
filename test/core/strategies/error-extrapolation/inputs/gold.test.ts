/** If these fail, rows of gold are read as something else than the user wrote, or leak from one split into another. */
import * as fc from 'fast-check';
import { readContexts, readGold } from '../../../../../core/strategies/error-extrapolation/gold';
import type { GoldTask } from '../../../../../core/strategies/error-extrapolation/gold';
import type { LineFault } from '../../../../../core/strategies/error-extrapolation/gold-faults';
import { testUsedWarning } from '../../../../../core/strategies/error-extrapolation/gold-survey';
import { sketchJaccard, sketchOf } from '../../../../../core/strategies/error-extrapolation/gold-sketch';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';
import { splitGold } from '../../../../../core/strategies/error-extrapolation/split-gold';
import { jaccard3 } from '../../../../../core/strategies/error-extrapolation/word-shingles';
import type { InputItem } from '../../../../../core/strategy';
import { POLES, fileItems, itemsOf, readOf, survey, textOf, textRows } from './support';

const TEXT: GoldTask = { kind: 'text', labels: POLES };
const QA: GoldTask = { kind: 'extractive-qa', labels: [] };

async function read(items: readonly InputItem[], task = TEXT): Promise<(GoldRow | LineFault)[]> {
  async function* stream(): AsyncGenerator<InputItem> {
    yield* await Promise.resolve(items);
  }
  const rows: (GoldRow | LineFault)[] = [];
  for await (const row of readGold(stream(), task, 'gold')) rows.push(row);
  return rows;
}

test('files with a byte order mark, CRLF and CSV are read alike', async () => {
  const rows = [
    { text: 'It, "works".', label: 'pos' },
    { text: 'Two\nlines', label: 'neg' },
  ];
  const jsonl = `\ufeff${rows.map((row) => JSON.stringify(row)).join('\r\n')}\r\n`;
  const csv = '\ufefftext,label\r\n"It, ""works"".",pos\r\n"Two\r\nlines",neg\r\n';
  const [one, two] = [
    await read(await fileItems('a.jsonl', jsonl)),
    await read(await fileItems('a.csv', csv)),
  ];
  const bare = (row: GoldRow | LineFault) => ({ ...row, line: 0 });
  expect(two.map(bare)).toEqual(one.map(bare));
  expect(one).toMatchObject(rows);
});

test('labels and ids are names, whatever they look like', async () => {
  const task: GoldTask = { kind: 'text', labels: [{ id: '01' }, { id: '1' }] };
  const rows = await read(await fileItems('a.csv', 'id,text,label\n007,7,01\n7,8,1\n'), task);
  expect(rows).toMatchObject([
    { id: '007', text: '7', label: '01' },
    { id: '7', text: '8', label: '1' },
  ]);
  expect(await read(itemsOf([{ text: 'x', label: 1 }]), task)).toMatchObject([{ label: '1' }]);
});

test('rows without an id get one from their content, equal ones too', async () => {
  const rows = await read(
    itemsOf([
      { text: 'a', label: 'pos' },
      { text: 'A ', label: 'pos' },
      { text: 'a', label: 'neg' },
    ]),
  );
  const ids = rows.map((row) => ('id' in row ? row.id : ''));
  expect(new Set(ids).size).toBe(3);
  expect(ids[1]).toBe(`${ids[0]}-2`);
});

test('starts count code points, and are repaired where the answer occurs once', async () => {
  const context = '🗼🗼 The tower is 330 m high. 🗼 It opened in 1889.';
  const start = Array.from(context).join('\u0001').split('\u0001').indexOf('3');
  const row = (answers: unknown) => ({ context, question: 'How high?', answers });
  const exact = [{ text: '330 m', start }];
  const rows = await read(
    itemsOf([
      row(exact),
      row([{ text: '330 m', start: start + 2 }]),
      row([{ text: '330 m' }]),
      row(JSON.stringify(exact)),
    ]),
    QA,
  );
  for (const found of rows) expect(found).toMatchObject({ answers: exact });
  expect(new Set(rows.map((found) => ('group' in found ? found.group : ''))).size).toBe(1);
});

test('offsets are right for any text', async () => {
  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(words, words, async (before, after) => {
      const head = before.join(' ').replaceAll('§', '');
      const context = `${head} §answer§ ${after.join(' ').replaceAll('§', '')}`;
      const start = Array.from(`${head} `).length;
      const [row] = await read(
        itemsOf([{ context, question: 'q', answers: [{ text: '§answer§', start: 0 }] }]),
        QA,
      );
      expect(row).toMatchObject({ answers: [{ text: '§answer§', start }] });
    }),
  );
});

test('contexts of pairs and questions', async () => {
  const read = readOf({ contexts: [{ context: ' A  b ' }, {}, { context: 'a b' }] });
  const rows: unknown[] = [];
  for await (const row of readContexts(read.input('contexts'), 'pair')) rows.push(row);
  expect(rows).toMatchObject([
    { context: 'A  b', line: 1 },
    { code: 'rows-invalid', message: 'Contexts line 2: field "context" is missing.' },
    { line: 3 },
  ]);
  expect((rows[0] as GoldRow).group).toBe((rows[2] as GoldRow).group);
});

test('rows that are nearly one text, or one text, share a group', async () => {
  const long = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
  const gold = [
    ...textRows(120),
    { text: long, label: 'pos', group: 'mine' },
    { text: long.replace('word39', 'other'), label: 'pos' },
    { text: long.replace('word0', 'other'), label: 'neg' },
    { text: ` ${long.toUpperCase()}`, label: 'neg' },
  ];
  const { gold: rows, warnings } = await survey({ inputs: { gold } });
  const groups = rows.slice(120).map(({ group }) => group);
  expect(groups).toEqual(['mine', 'mine', 'mine', 'mine']);
  expect(new Set(rows.slice(0, 120).map(({ group }) => group)).size).toBe(120);
  expect(warnings).toContainEqual(
    'Lines 121 and 124 hold one text with the labels "pos" and "neg". They stay together and count as suspected noise.',
  );
});

test('small gold is said, not refused', async () => {
  const { warnings } = await survey({
    inputs: { gold: textRows(120).map((row, i) => ({ ...row, label: i < 45 ? 'neg' : 'pos' })) },
  });
  expect(warnings).toEqual([
    'Gold has 120 rows; scores on fewer than 200 are noisy.',
    'Labels with fewer than 50 gold rows: "neg" 45.',
  ]);
  expect((await survey({ inputs: { gold: textRows(200) } })).warnings).toEqual([]);
  expect(testUsedWarning(0)).toBeUndefined();
  expect(testUsedWarning(2)).toMatch(/^The test rows were used by 2 earlier jobs/u);
});

test('a test is known again by its rows, whatever their order', async () => {
  const test = textRows(5).map((row, i) => ({ ...row, text: textOf(800 + i) }));
  const hashOf = async (rows: readonly unknown[]) =>
    (await survey({ inputs: { gold: textRows(120), test: rows } })).testHash;
  expect(await hashOf(test)).toMatch(/^[0-9a-f]{64}$/u);
  expect(await hashOf([...test].reverse().map((row, i) => ({ ...row, id: `t${i}` })))).toBe(
    await hashOf(test),
  );
  expect(await hashOf(test.slice(1))).not.toBe(await hashOf(test));
});

test('sketches measure what they stand for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 30 }), fc.array(fc.nat(20), { maxLength: 30 }), (a, b) => {
      const [one, two] = [a, b].map((list) => list.map((n) => `w${n}`).join(' ')) as [string, string];
      expect(sketchJaccard(sketchOf(one).hashes, sketchOf(two).hashes)).toBeCloseTo(jaccard3(one, two), 9);
    }),
  );
  const words = Array.from({ length: 3_000 }, (_, i) => `w${i}`);
  const [one, two] = [words.join(' '), words.map((word, i) => (i >= 2_700 ? `${word}x` : word)).join(' ')];
  expect(
    Math.abs(sketchJaccard(sketchOf(one).hashes, sketchOf(two).hashes) - jaccard3(one, two)),
  ).toBeLessThan(0.1);
});

test('whatever the file holds, each line is kept or named, and no group or text stands in two splits', async () => {
  const row = fc.record({
    text: fc.constantFrom(...Array.from({ length: 60 }, (_, i) => textOf(i)), '', 'same', 'SAME'),
    label: fc.constantFrom('neg', 'pos', 'pos', 'neg', 'x'),
    group: fc.option(fc.constantFrom('g1', 'g2', 'g3'), { nil: undefined, freq: 3 }),
    id: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined, freq: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 200 }),
      fc.integer({ min: 0, max: 9 }),
      async (gold, seed) => {
        const found = await survey({ inputs: { gold } }, seed);
        const faulty = found.lineProblems.reduce((sum, { count }) => sum + count, 0);
        expect(found.gold.length + faulty).toBe(gold.length);
        expect(new Set(found.gold.map(({ id }) => id)).size).toBe(found.gold.length);
        const groupOf = new Map(found.gold.map(({ hash, group }) => [hash, group]));
        for (const { hash, group } of found.gold) expect(groupOf.get(hash)).toBe(group);
        const split = splitGold(found.gold, found.split, seed);
        const side = new Map<string, string>();
        const byId = new Map(found.gold.map((one) => [one.id, one.group]));
        for (const [name, ids] of Object.entries(split)) {
          for (const id of ids) {
            const group = byId.get(id) ?? '';
            expect(side.get(group) ?? name).toBe(name);
            side.set(group, name);
          }
        }
        expect(await survey({ inputs: { gold } }, seed)).toEqual(found);
      },
    ),
    { numRuns: 40 },
  );
});
