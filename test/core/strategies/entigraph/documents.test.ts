import { firstLast, readDocument } from '../../../../core/strategies/entigraph/documents';
import { checkEntigraph } from '../../../../core/strategies/entigraph/check';
import { Problem } from '../../../../core/problem';
import type { InputItem } from '../../../../core/strategy';
import { params } from './support';

const TEXT = 'A keeper lit the lamp every evening for thirty years. '.repeat(6);

function item(value: unknown, file = 'docs.jsonl', line = 7): InputItem {
  return { file, line, value };
}
function message(value: unknown, file?: string): string {
  const read = readDocument(item(value, file));
  return read instanceof Problem ? `${read.code}: ${read.message}` : 'no problem';
}
async function check(
  items: readonly InputItem[],
  given: Record<string, unknown> = {},
  contextTokens = 128_000,
): Promise<string[]> {
  const problems = await checkEntigraph({
    params: params(given),
    models: { generator: { name: 'mine/small', capabilities: ['chat'], contextTokens } },
    read: {
      input: async function* () {
        yield* await Promise.resolve(items);
      },
    },
    headOnly: false,
  });
  return problems.map((problem) => `${problem.code}: ${problem.message}`);
}

test('reads what was given, with one hash for one text', () => {
  const read = readDocument(
    item({ id: 12, title: 'The Lamp', author: 'Lisle, Hannah', date: 1867, text: TEXT }),
  );
  expect(read).toMatchObject({ docId: '12', title: 'The Lamp', author: 'Hannah Lisle', date: '1867' });
  const hashes = [
    TEXT,
    `\ufeff${TEXT.replaceAll('. ', '.\r\n')}`.replaceAll('.\r\n', '. '),
    ` ${TEXT}\n`,
  ].map((text) => {
    const document = readDocument(item({ text }));
    return document instanceof Problem ? document.message : document.docHash;
  });
  expect(new Set(hashes).size).toBe(1);
  expect(readDocument(item({ text: TEXT }))).toMatchObject({ docId: hashes[0]?.slice(0, 16) });
  expect(readDocument(item({ id: '', title: ' ', text: TEXT }))).not.toHaveProperty('title');
});

test('a Markdown file has its first heading as title', () => {
  expect(readDocument(item({ text: `Preface\n\n## The Lamp ##\n\n${TEXT}` }, 'lamp.md'))).toMatchObject({
    title: 'The Lamp',
  });
});

test('names are turned round only where they are turned', () => {
  expect(['Melville, Herman', 'Herman Melville', 'A, B, C'].map(firstLast)).toEqual([
    'Herman Melville',
    'Herman Melville',
    'A, B, C',
  ]);
});

test('faults name file, line and field', () => {
  expect(message({ text: 'short' })).toBe(
    'documents-invalid: docs.jsonl, line 7: field "text": expected 200 to 2,000,000 characters, got 5',
  );
  expect(message({ title: 'x' })).toMatch(/line 7: field "text": .*expected string/u);
  expect(message({ txet: TEXT })).toMatch(/unknown field "txet"; did you mean "text"\?/u);
  expect(message([TEXT])).toMatch(/expected an object with a field "text", got a list/u);
  expect(message({ text: TEXT, title: {} })).toMatch(/field "title"/u);
});

test('check reports the first faults of each kind and spends nothing', async () => {
  expect(await check([])).toEqual([
    expect.stringMatching(/^documents-invalid: inputs.documents: expected at least one/u),
  ]);
  const bad = Array.from({ length: 9 }, (_, i) => item({ text: 'x' }, 'docs.jsonl', i + 1));
  expect(await check(bad)).toHaveLength(5);
  expect(
    await check([
      item({ id: 'a', text: TEXT }, 'a.jsonl', 1),
      item({ id: 'a', text: `${TEXT}!` }, 'b.jsonl', 4),
    ]),
  ).toEqual([
    expect.stringMatching(
      /^document-id-conflict: id "a" names two different texts: a.jsonl, line 1 and b.jsonl, line 4/u,
    ),
  ]);
  expect(await check([item({ id: 'a', text: TEXT }), item({ id: 'b', text: TEXT })])).toEqual([]);
});

test('a model whose context cannot hold the prompt is refused before it is asked', async () => {
  const long = item({ text: TEXT.repeat(400) });
  expect(await check([long], {}, 8_192)).toEqual([
    expect.stringMatching(/^model-unfit: mine\/small: .* need about \d+ .* has 8192/u),
  ]);
  expect(await check([long], { windowTokensMax: 500, windowOverlapTokens: 50 }, 8_192)).toEqual([]);
});
