/** If these fail, answers of question answering are scored otherwise than by everyone else's SQuAD numbers. */
import fc from 'fast-check';
import { answerExact, answerF1, normalizeAnswer } from '../../../core/metrics/answer-metrics';

test.each([
  ['The  Eiffel-Tower!', 'eiffeltower'],
  ['An apple a day', 'apple day'],
  ['Athena', 'athena'],
  ['$5.00', '500'],
  ['A', 'a'],
  ['+', '+'],
  ['  ', ''],
  ['Ｆｕｌｌ  width', 'full width'],
])('%p reads %p', (text, normalized) => expect(normalizeAnswer(text)).toBe(normalized));

test('F1 counts shared words, with the best reference', () => {
  expect(answerF1('in the year 1889', ['1889'])).toBeCloseTo(0.5, 10);
  expect(answerF1('in the year 1889', ['1888', 'year 1889'])).toBeCloseTo(0.8, 10);
  expect(answerF1('no no', ['no'])).toBeCloseTo(2 / 3, 10);
  expect(answerF1('東京都', ['東京'])).toBeCloseTo(0.8, 10);
});

test('an answer that was not found is right nowhere', () => {
  expect([answerF1('', ['A']), answerExact('', ['A']), answerF1('x', []), answerExact('x', [])]).toEqual([
    0, 0, 0, 0,
  ]);
});

test('exact means equal after normalisation', () => {
  expect(answerExact('the Tower.', ['tower', 'x'])).toBe(1);
  expect(answerExact('towers', ['tower'])).toBe(0);
});

test('F1 lies in [0, 1], is symmetric, and is 1 for an exact answer', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'the', ' ', '.', '京', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (answer, reference) => {
      const f1 = answerF1(answer, [reference]);
      expect(f1).toBeGreaterThanOrEqual(0);
      expect(f1).toBeLessThanOrEqual(1);
      expect(answerF1(reference, [answer])).toBeCloseTo(f1, 12);
      if (answerExact(answer, [reference]) === 1) expect(f1).toBe(1);
      expect(normalizeAnswer(normalizeAnswer(answer)).length).toBeLessThanOrEqual(
        normalizeAnswer(answer).length,
      );
    }),
  );
});
