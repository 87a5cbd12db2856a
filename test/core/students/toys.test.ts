/** If these fail, the toys that acceptance tests run on have no gap, or not the one that is expected. */
import { trainLinear } from '../../../core/students/linear/linear-student';
import { randomFor } from '../../../core/random';
import { plainWeights, shareRight } from '../../support/toys/examples';
import { ENTAILED, NOT_ENTAILED, pairToy } from '../../support/toys/pair-toy';
import { qaToy } from '../../support/toys/qa-toy';
import { textToy } from '../../support/toys/text-toy';

const SEED_ROWS = 400;

test('texts: the seed has head cues alone, near keeps the cue, noise flips labels and no text', () => {
  const toy = textToy({ seed: 1 });
  const random = randomFor(1, 'draws');
  const seed = Array.from({ length: 2 * SEED_ROWS }, (_, i) => {
    const label = toy.labels[i % 4]!.id;
    return { id: `${i}`, label, text: toy.answerFor('seed', { label, random }) };
  });
  const student = trainLinear({ kind: 'text', labels: toy.labels.map(({ id }) => id) }, plainWeights(seed), {
    seed: 1,
  });
  const share = shareRight(student, toy.gold);
  expect(share).toBeGreaterThan(0.66);
  expect(share).toBeLessThan(0.78);

  const [row] = toy.gold;
  const near = toy.answerFor('near', { label: 'west', source: row!.text, random });
  expect(near).not.toBe(row!.text);
  expect(toy.trueLabel(near)).toBe(toy.trueLabel(row!.text));

  const noisy = textToy({ seed: 1, noise: 0.15 });
  expect(noisy.gold.map(({ text }) => text)).toEqual(toy.gold.map(({ text }) => text));
  const flipped = noisy.gold.filter(({ text, label }) => label !== noisy.trueLabel(text)).length;
  expect(flipped / noisy.gold.length).toBeCloseTo(0.15, 1);
  expect(toy.gold.every(({ text, label }) => label === toy.trueLabel(text))).toBe(true);
});

test('pairs: the seed has first forms alone, near keeps the form', () => {
  const toy = pairToy({ seed: 1 });
  const random = randomFor(1, 'draws');
  const labels = [ENTAILED, NOT_ENTAILED];
  const seed = Array.from({ length: SEED_ROWS }, (_, i) => {
    const { context } = toy.contexts[i]!;
    const label = labels[i % 2]!;
    return { id: `${i}`, context, label, target: toy.answerFor('seed', { label, context, random }) };
  });
  const share = shareRight(trainLinear({ kind: 'pair', labels }, plainWeights(seed), { seed: 1 }), toy.gold);
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(0.8);
  for (const { context, target } of toy.gold) {
    const near = toy.answerFor('near', { source: target, context, random });
    expect(near.split(' ').slice(1, -1)).toEqual(target.split(' ').slice(1, -1));
  }
});

test('questions: the seed asks for four relations, near asks for the same fact', () => {
  const toy = qaToy({ seed: 1 });
  const random = randomFor(1, 'draws');
  const seed = toy.contexts.slice(0, SEED_ROWS).map(({ context, answers }, i) => {
    const answer = answers[random.integer(answers.length)]!;
    return {
      id: `${i}`,
      context,
      answers: [answer],
      question: toy.answerFor('seed', { context, answer: answer.text, random }),
    };
  });
  const share = shareRight(trainLinear({ kind: 'extractive-qa' }, plainWeights(seed), { seed: 1 }), toy.gold);
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.65);
  for (const { context, question, answers } of toy.gold) {
    const [{ text, start } = { text: '', start: 0 }] = answers;
    expect(context.slice(start, start + text.length)).toBe(text);
    const near = toy.answerFor('near', { source: question, context, answer: text, random });
    const [asks, , ...rest] = near.split(' ');
    const [asked, , ...others] = question.split(' ');
    expect([asks, ...rest]).toEqual([asked, ...others]);
  }
});
