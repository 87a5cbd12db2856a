/** If these fail, a job starts on inputs that cannot work, or is refused without a word that helps. */
import { inputBlock } from '../../../../../core/strategies/error-extrapolation/check';
import { checkPrompts } from '../../../../../core/strategies/error-extrapolation/prompts';
import { refusal, survey, textOf, textRows } from './support';

const labels = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `l${i}`, phrase: `kind ${i}` }));
const withRow = (line: number, row: unknown, count = 120): unknown[] => {
  const rows: unknown[] = textRows(count);
  rows[line - 1] = row;
  return rows;
};
const refused = (code: string, message: string, lines: readonly number[] = [], count = 1) => ({
  ...{ status: 422, code, message, lines, count },
});

test('rows that cannot be read', async () => {
  const at12 = (row: unknown) => refusal({ inputs: { gold: withRow(12, row) } });
  const rows = (message: string) => refused('rows-invalid', `Line 12: ${message}`, [12]);
  expect(await at12({ text: 'x' })).toEqual(rows('field "label" is missing.'));
  expect(await at12({ text: 'x', lable: 'pos' })).toEqual(
    rows('field "label" is missing; there is "lable".'),
  );
  expect(await at12({ text: ' ', label: 'pos' })).toEqual(rows('field "text" is empty.'));
  expect(await at12({ text: 'x', label: ['pos'] })).toEqual(
    rows('field "label" must be one label, got a list.'),
  );
  expect(await at12({ text: 'x', label: '' })).toEqual(rows('field "label" is empty.'));
  expect(await at12({ text: {}, label: 'pos' })).toEqual(
    rows('field "text" must be a string, got an object.'),
  );
  expect(await at12(['x'])).toEqual(rows('expected an object with the fields text, label, got a list.'));
  expect(await at12({ text: 'a'.repeat(32_001), label: 'pos' })).toEqual(
    rows('field "text" has 32,001 characters; 32,000 are allowed.'),
  );
  expect(await at12({ text: 'x \ud800 y', label: 'pos' })).toEqual(
    rows('field "text" holds half a character (a lone surrogate); write the file as UTF-8.'),
  );
  expect(
    await at12({ file: 'gold.jsonl', line: 12, error: 'expected one JSON value in the line, got: {' }),
  ).toEqual(rows('expected one JSON value in the line, got: {.'));
});

test('a line is named with its file where there are several', async () => {
  const gold = [...textRows(120), { file: 'more.jsonl', line: 3, value: { text: 'x' } }];
  expect(await refusal({ inputs: { gold } })).toEqual(
    refused('rows-invalid', 'Line 3 of more.jsonl: field "label" is missing.', [3]),
  );
  expect(await refusal({ inputs: { gold: textRows(120), test: [{ label: 'pos' }] } })).toEqual(
    refused('rows-invalid', 'Test line 1: field "text" is missing.', [1]),
  );
});

test('labels that the task does not have', async () => {
  expect(await refusal({ inputs: { gold: withRow(17, { text: 'x', label: 'postive' }) } })).toEqual(
    refused('label-unknown', 'Line 17: label "postive" is not one of: neg, pos.', [17]),
  );
  const many = { task: { labels: labels(200) }, inputs: { gold: [{ text: 'x', label: 'l200' }] } };
  expect((await refusal(many))?.message).toMatch(
    /^Line 1: label "l200" is not one of: l0, l1, .*, l19 and 180 more\.$/u,
  );
});

test('the first twenty lines are named, and all are counted', async () => {
  const gold = textRows(120).map((row, i) => (i < 30 ? { ...row, label: 'x' } : row));
  const lines = Array.from({ length: 20 }, (_, i) => i + 1);
  expect(await refusal({ inputs: { gold } })).toEqual(
    refused('label-unknown', 'Line 1: label "x" is not one of: neg, pos.', lines, 30),
  );
});

test('labels that no prompt could tell apart', async () => {
  const task = {
    labels: [
      { id: 'pos', phrase: 'positive' },
      { id: 'POS', phrase: 'positive' },
    ],
  };
  expect(await refusal({ task, inputs: { gold: textRows(120) } })).toEqual({
    status: 422,
    code: 'labels-ambiguous',
    message: 'Labels "pos" and "POS" share the phrase "positive".',
  });
});

test('too little gold, of all and of a label', async () => {
  expect(await refusal({ inputs: { gold: textRows(64) } })).toEqual(
    refused('gold-count', 'Gold has 64 rows; 100 are needed.'),
  );
  const task = { labels: [{ id: 'neutral', phrase: 'neutral' }, ...labels(1)] };
  const gold = textRows(120).map((row, i) => ({ ...row, label: i < 31 ? 'neutral' : 'l0' }));
  expect(await refusal({ task, inputs: { gold } })).toEqual(
    refused('label-count', 'Label "neutral" has 31 gold rows; 40 are needed (20 in mine).'),
  );
  const test = textRows(10, ['neutral']).map((row, i) => ({ ...row, text: textOf(500 + i) }));
  expect(await refusal({ task, inputs: { gold, test } })).toBeUndefined();
  expect(await refusal({ task, inputs: { gold: gold.slice(5), test } })).toMatchObject({
    message: 'Label "neutral" has 26 gold rows; 30 are needed (20 in mine).',
  });
  expect(await refusal({ task, params: { selectOn: 'mine' }, inputs: { gold } })).toBeUndefined();
  expect(await refusal({ task, inputs: { gold }, headOnly: true })).toBeUndefined();
});

test('a task with 200 labels', async () => {
  const task = { labels: labels(200) };
  const ids = task.labels.map(({ id }) => id);
  expect(await refusal({ task, inputs: { gold: textRows(8_000, ids) } })).toBeUndefined();
  expect(await refusal({ task, inputs: { gold: textRows(7_950, ids) } })).toMatchObject({
    message: 'Label "l150" has 39 gold rows; 40 are needed (20 in mine). Too few have 50 labels in all.',
  });
});

test('ids that are given twice', async () => {
  const gold = textRows(120).map((row, i) => ({ ...row, id: i === 2 || i === 89 ? 'a3' : `r${i}` }));
  expect(await refusal({ inputs: { gold } })).toEqual(
    refused('id-duplicate', 'Lines 3 and 90 share the id "a3".', [90]),
  );
});

test('answers that do not stand where they should', async () => {
  const task = { kind: 'extractive-qa' };
  const context = 'Built in 1889. Painted in 1889. It is 330 m high.';
  const rowWith = (answers: unknown) => ({ context, question: 'When?', answers });
  const at = (answers: unknown) =>
    refusal({
      task,
      inputs: {
        gold: [1, 2, 3].map(() => rowWith([{ text: '330 m', start: 38 }])).concat([rowWith(answers)]),
      },
    });
  expect(await at([{ text: '1889', start: 31 }])).toEqual(
    refused('answer-offset', 'Line 4: "1889" is not at code point 31 and occurs 2 times.', [4]),
  );
  expect(await at([{ text: '1889' }])).toMatchObject({
    message: 'Line 4: "1889" has no start and occurs 2 times.',
  });
  expect(await at([{ text: '1999', start: 9 }])).toMatchObject({
    message: 'Line 4: "1999" is not at code point 9 and occurs 0 times.',
  });
  expect(await at({ text: ['1889'] })).toMatchObject({
    code: 'rows-invalid',
    message: 'Line 4: field "answers" must be a list of {text, start}, got an object.',
  });
  expect(await at([])).toMatchObject({ message: 'Line 4: field "answers" is empty.' });
  expect(await at([{ text: ' ', start: 0 }])).toMatchObject({ code: 'rows-invalid' });
});

test('test rows that repeat gold', async () => {
  const gold = textRows(120);
  const test: Record<string, unknown>[] = textRows(9).map((row, i) => ({
    ...row,
    text: textOf(i === 7 ? 101 : 900 + i),
  }));
  expect(await refusal({ inputs: { gold, test } })).toEqual(
    refused('test-overlap', '1 test row repeats gold (test line 8 = gold line 102).', [8]),
  );
  test.push({ text: `${String(gold[4]?.['text']).toUpperCase()}  `, label: 'pos' }, { ...gold[5] });
  expect(await refusal({ inputs: { gold, test } })).toEqual(
    refused('test-overlap', '3 test rows repeat gold (test line 8 = gold line 102).', [8, 10, 11], 3),
  );
});

test('a split without rows', async () => {
  const task = { kind: 'pair' };
  const gold = textRows(120).map(({ text, label }, i) => ({
    ...{ context: i < 85 ? 'One long story.' : 'Another one.', target: text, label },
  }));
  expect(await refusal({ task, inputs: { gold } })).toEqual(
    refused('split-empty', 'Split "test" is empty: one context holds 71 % of gold.'),
  );
});

test('prompts that do not fit into the model', async () => {
  const gold = withRow(9, { text: 'word '.repeat(6_300), label: 'pos' });
  expect(await refusal({ inputs: { gold }, contextTokens: 4_096 })).toMatchObject({
    code: 'context-long',
    message: 'Line 9: about 8,100 tokens; the model takes 4,096.',
    lines: [9],
  });
  expect(await refusal({ inputs: { gold } })).toBeUndefined();
});

test('parameters that contradict the inputs or one another', async () => {
  const gold = textRows(200);
  const split = { mine: 0.5, select: 0.25, test: 0.25 };
  const test = [{ text: 'another', label: 'pos' }];
  const of = async (params: Record<string, unknown>, inputs = {}) =>
    (await refusal({ params, inputs: { gold, ...inputs } }))?.message;
  expect(await of({ goldSplit: split }, { test })).toBe(
    'params.goldSplit.test: expected 0 with inputs.test, got 0.25.',
  );
  expect(await of({ goldSplit: { mine: 0.5, select: 0.5, test: 0 } })).toMatch(
    /^params\.goldSplit\.test: expected a share/u,
  );
  expect(await of({ goldSplit: { mine: 0.5, select: 0, test: 0.5 } })).toMatch(
    /^params\.goldSplit\.select: /u,
  );
  expect(await of({ variants: {} })).toMatch(
    /^params\.variants: expected a new row an error at least, got 0/u,
  );
  expect(await of({ variants: { boundary: 1 }, judge: 'off' })).toMatch(/^params\.variants\.boundary: /u);
  expect(await of({}, { contexts: [{ context: 'x' }] })).toBe(
    'inputs.contexts: expected none for a task of kind text.',
  );
  expect(await refusal({ params: { variants: {} }, inputs: { gold } })).toMatchObject({
    status: 400,
    code: 'params-invalid',
  });
  expect(await of({})).toBeUndefined();
});

test('a template with a slot that does not exist', async () => {
  const prompts = { near: 'Write one like {{source}}, after {{premise}}.' };
  expect(checkPrompts(prompts)).toMatchObject([
    { status: 400, code: 'params-invalid', message: 'params.prompts.near: unknown slot {{premise}}.' },
  ]);
});

test('prepare blocks with the same code, and goes on without the lines where a person says so', async () => {
  const gold: unknown[] = withRow(17, { text: 'x', label: 'postive' }, 130);
  gold[29] = { text: 'y', label: 'x' };
  const found = await survey({ inputs: { gold } });
  const block = inputBlock(found, () => undefined);
  expect(block).toEqual({
    code: 'label-unknown',
    message: 'Line 17: label "postive" is not one of: neg, pos. 2 lines in all: 17, 30.',
    samples: [
      'Line 17: label "postive" is not one of: neg, pos.',
      'Line 30: label "x" is not one of: neg, pos.',
    ],
    choices: ['drop-lines'],
  });
  expect(inputBlock(found, (code) => (code === 'label-unknown' ? 'drop-lines' : undefined))).toBeUndefined();
  expect(found.gold).toHaveLength(128);
  const few = await survey({ inputs: { gold: gold.slice(0, 101) } });
  expect(inputBlock(few, () => 'drop-lines')).toMatchObject({ code: 'gold-count', choices: [] });
});

test('prepare also finds test rows that nearly repeat gold, and drops them where a person says so', async () => {
  const long = Array.from({ length: 60 }, (_, i) => `w${i}`).join(' ');
  const gold = [...textRows(119), { text: long, label: 'pos' }];
  const test = [
    { text: long.replace('w59', 'other'), label: 'pos' },
    { text: 'some other text', label: 'neg' },
  ];
  expect(await refusal({ inputs: { gold, test } })).toBeUndefined();
  const found = await survey({ inputs: { gold, test } });
  expect(inputBlock(found, () => undefined)).toMatchObject({
    code: 'test-overlap',
    message: '1 test row repeats gold (test line 1 ~ gold line 120).',
  });
  expect(found.test.map(({ line }) => line)).toEqual([2]);
});
