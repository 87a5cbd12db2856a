import fc from 'fast-check';
import { parseLooseJson } from '../../../core/text/repair-json';

test.each([
  ['plain', '{"a": 1}', { a: 1 }],
  ['fenced', 'Sure!\n```json\n{"a": 1}\n```\nDone.', { a: 1 }],
  ['prose around', 'Here it is: {"a": [1, 2]} as you asked', { a: [1, 2] }],
  ['trailing commas', '{"a": [1, 2,], "b": 3,}', { a: [1, 2], b: 3 }],
  ['single quotes and an apostrophe', "{'a': 'it's fine'}", { a: "it's fine" }],
  ['bare keys and Python words', '{a: True, b: None}', { a: true, b: null }],
  ['cut in a string', '{"a": "half a sen', { a: 'half a sen' }],
  ['cut in a list', '{"a": [{"n": "x"}, {"n": "y"', { a: [{ n: 'x' }, { n: 'y' }] }],
  ['cut after a key', '{"a": 1, "b":', { a: 1 }],
  ['a bracket too few', '{"a": [1, 2}', { a: [1, 2] }],
  ['a bracket too many', '{"a": 1}}', { a: 1 }],
  ['raw line breaks', '{"a": "x\ny"}', { a: 'x\ny' }],
])('reads JSON that is %s', (_, text, value) => {
  expect(parseLooseJson(text)).toEqual(value);
});

test('what is no JSON stays none', () => {
  expect(['', 'no', 'I cannot do that.'].map(parseLooseJson)).toEqual([undefined, undefined, undefined]);
});

test('never throws, and leaves good JSON alone', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseLooseJson(text)));
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseLooseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});
