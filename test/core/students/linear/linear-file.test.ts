/** If these fail, a trained student is not the same after it was stored, or other bytes are taken for one. */
import { readLinear, writeLinear } from '../../../../core/students/linear/linear-file';
import {
  predictLinear,
  trainLinear,
  type LinearStudent,
} from '../../../../core/students/linear/linear-student';
import { plainWeights } from '../../../support/toys/examples';
import { pairToy } from '../../../support/toys/pair-toy';
import { qaToy } from '../../../support/toys/qa-toy';
import { textToy } from '../../../support/toys/text-toy';

const SIZE = { seed: 1, rows: 60 };
const text = textToy(SIZE);
const pair = pairToy(SIZE);
const qa = qaToy(SIZE);
const trained = (toy: {
  kind: 'text' | 'pair';
  labels: readonly { id: string }[];
  gold: readonly { id: string }[];
}) =>
  trainLinear({ kind: toy.kind, labels: toy.labels.map(({ id }) => id) }, plainWeights(toy.gold), {
    seed: 1,
  });
const STUDENTS: readonly [string, LinearStudent, readonly { id: string }[]][] = [
  ['text', trained(text), text.gold],
  ['pair', trained(pair), pair.gold],
  ['extractive-qa', trainLinear({ kind: 'extractive-qa' }, plainWeights(qa.gold), { seed: 1 }), qa.gold],
];
const bytes = writeLinear(STUDENTS[0]![1]);
const changed = (at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};

test.each(STUDENTS)('%s comes back bit by bit', (_, student, items) => {
  const stored = writeLinear(student);
  const read = readLinear(stored);
  expect(read).toEqual(student);
  expect(writeLinear(read)).toEqual(stored);
  expect(predictLinear(read, items)).toEqual(predictLinear(student, items));
});

test('bytes in the middle of a larger buffer are read as they are', () => {
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  expect(readLinear(larger.subarray(3))).toEqual(STUDENTS[0]![1]);
});

test.each([
  ['nothing', new Uint8Array(0), 'expected it to begin with'],
  ['another file', new TextEncoder().encode('{"task":"text"} and much more'), 'expected it to begin with'],
  ['a cut prefix', bytes.slice(0, 10), 'expected it to begin with'],
  ['another version', changed(8, 9), 'expected version 1, got 9'],
  ['a broken header', changed(16, 0), 'its header is not JSON'],
  ['a cut end', bytes.slice(0, -4), `got ${bytes.length - 4}`],
])('%s is refused', (_, foreign, message) => {
  expect(() => readLinear(foreign)).toThrow(message);
});
