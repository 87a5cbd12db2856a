import { fill, slotsOf } from '../../core/template';

test('slots are found once each, in order; doubled braces are text', () => {
  expect(slotsOf('{b} and {a}, {{not}} {b} { spaced name }')).toEqual(['b', 'a', 'spaced name']);
  expect(slotsOf('no slots, {{"json": 1}}')).toEqual([]);
});

test('filling puts strings in as they are, other values as JSON, and never reads a value as a template', () => {
  const values = { name: 'A {b} $& B', list: [1, 2], b: 'wrong' };
  expect(fill('{{{name}}} {list}', values)).toBe('{A {b} $& B} [1,2]');
});

test('a missing value is named', () => {
  expect(() => fill('{absent}', {})).toThrow('no value for slot {absent}');
  expect(() => fill('{constructor}', {})).toThrow('no value for slot {constructor}');
});

test.each([['{"a": 1}'], ['open {'], ['close }'], ['{}'], ['{1x}']])(
  '%s is refused with the way out',
  (template) => {
    expect(() => slotsOf(template)).toThrow(/Write \{\{ and \}\}/);
  },
);
