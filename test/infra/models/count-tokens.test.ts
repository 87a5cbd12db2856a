import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenCounter } from '../../../infra/models/count-tokens';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
  file = join(folder, 'tokenizer.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tokenizer that knows two words, and one letter at a time of all others. */
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const TOKENIZER = {
  version: '1.0',
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  added_tokens: [],
  model: {
    type: 'BPE',
    vocab: Object.fromEntries([...LETTERS, 'he', 'hel', 'hell', 'hello'].map((token, id) => [token, id])),
    merges: ['h e', 'he l', 'hel l', 'hell o'],
    unk_token: null,
  },
};

test('the model’s own tokenizer counts', () => {
  writeFileSync(file, JSON.stringify(TOKENIZER));
  const count = tokenCounter(file);
  expect(count('hello')).toBe(2); // one token, but never fewer than a quarter of the bytes
  expect(count('zyxw')).toBe(4);
  expect(count('zyxw hello')).toBe(5);
});

test('without one, bytes are counted high enough for a budget', () => {
  const count = tokenCounter(undefined);
  expect(count('a'.repeat(300))).toBe(100);
  expect(count('字'.repeat(100))).toBe(100);
  expect(count('')).toBe(0);
});

test('a broken one loses no paid answer: bytes are counted, and one warning names the file', () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  writeFileSync(file, '{"no": "tokenizer"}');
  const count = tokenCounter(file);
  expect([count('abcdef'), count('abcdef')]).toEqual([2, 2]);
  expect(warned).toHaveBeenCalledTimes(1);
  expect(warned).toHaveBeenCalledWith(expect.stringContaining(file));
  warned.mockRestore();
});

test('a text too long to be tokenized beside other calls is counted by its bytes', () => {
  writeFileSync(file, JSON.stringify(TOKENIZER));
  expect(tokenCounter(file)('z'.repeat(100_001))).toBe(33_334);
});
