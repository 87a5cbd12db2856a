/** If these fail, the built-in student reads wrong answers from contexts, or names places where they do not stand. */
import { linearLoss, predictLinear, trainLinear } from '../../../../core/students/linear/linear-student';
import { candidateAt, candidateText, passageOf } from '../../../../core/students/linear/passage';
import type { SpanPrediction } from '../../../../core/students/student';
import { plainWeights, shareRight } from '../../../support/toys/examples';
import { qaToy } from '../../../support/toys/qa-toy';

const TASK = { kind: 'extractive-qa' } as const;
const TOY = qaToy({ seed: 1 });
const KNOWN = TOY.gold.slice(0, 400);
const UNSEEN = TOY.gold.slice(400);
const candidates = (text: string) => {
  const passage = passageOf(text);
  return Array.from(passage.first, (_, i) => candidateText(passage, i));
};

test('gold of the question toy, all relations of it, teaches it', () => {
  const student = trainLinear(TASK, plainWeights(KNOWN), { seed: 1 });
  expect(shareRight(student, UNSEEN)).toBeGreaterThan(0.95);
  expect(linearLoss(student, plainWeights(UNSEEN))).toBeLessThan(1);
});

test('equal input trains equal bits; the seed matters', () => {
  const rows = plainWeights(KNOWN.slice(0, 50));
  const first = trainLinear(TASK, rows, { seed: 1 });
  expect(trainLinear(TASK, rows, { seed: 1 })).toEqual(first);
  expect(trainLinear(TASK, rows, { seed: 2 }).model.weights).not.toEqual(first.model.weights);
});

test('starts count code points', () => {
  const context = '🎉🎉 Ada Lovelace wrote it in 1843 .';
  const start = Array.from(context.split('1843')[0]!).length;
  const rows = plainWeights([
    { id: 'a', context, question: 'When did she write it?', answers: [{ text: '1843', start }] },
  ]);
  const student = trainLinear(TASK, rows, { seed: 1 });
  const [prediction] = predictLinear(student, rows) as SpanPrediction[];
  expect(prediction!.answer).toEqual({ text: '1843', start });
  expect(prediction!.probability).toBeGreaterThan(0.5);
  expect(prediction!.probability).toBeLessThanOrEqual(1);
});

test('no candidate: an empty answer', () => {
  const student = trainLinear(TASK, plainWeights(KNOWN.slice(0, 20)), { seed: 1 });
  const items = ['', '...', 'of the'].map((context, i) => ({ id: `${i}`, context, question: 'Who?' }));
  for (const prediction of predictLinear(student, items) as SpanPrediction[])
    expect(prediction.answer).toEqual({ text: '', start: 0 });
});

test('examples whose answer no candidate stands for teach nothing, and are missed', () => {
  const context = 'One two three four five six seven eight nine ten.';
  const rows = plainWeights([
    { id: 'a', context, question: 'Which?', answers: [{ text: context, start: 0 }] },
  ]);
  const student = trainLinear(TASK, rows, { seed: 1 });
  expect(student.model.weights.every((weight) => weight === 0)).toBe(true);
  expect(linearLoss(student, rows)).toBeCloseTo(-Math.log(1e-9), 9);
});

test('spans stay in one sentence, and neither begin nor end with a mark or a function word', () => {
  expect(candidates('The cat of Rome, sleeps. Dogs!')).toEqual([
    'cat',
    'cat of Rome',
    'cat of Rome, sleeps',
    'Rome',
    'Rome, sleeps',
    'sleeps',
    'Dogs',
  ]);
  expect(
    Math.max(...candidates('a1 a2 a3 a4 a5 a6 a7 a8 a9 a10').map((span) => span.split(' ').length)),
  ).toBe(8);
});

test('an answer is found without the articles and marks at its ends', () => {
  const passage = passageOf('They saw the Eiffel Tower, in Paris.');
  const found = candidateAt(passage, 9, 26);
  expect(candidateText(passage, found)).toBe('Eiffel Tower');
  expect(candidateAt(passage, 9, 12)).toBe(-1);
});
