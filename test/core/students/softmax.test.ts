/** If these fail, the small model under students and artefact tests no longer learns what its rows say, or not the same twice. */
import { softmaxOf, trainSoftmax } from '../../../core/students/softmax';

const row = (feature: number, label: number, weight = 1) => ({
  indices: [feature],
  values: [1],
  label,
  weight,
});
const OPTIONS = { classes: 2, features: 4, seed: 1 };

test('it learns which feature goes with which class', () => {
  const rows = Array.from({ length: 40 }, (_, i) => row(i % 2, i % 2));
  const model = trainSoftmax(rows, OPTIONS);
  expect(softmaxOf(model, row(0, 0))[0]).toBeGreaterThan(0.9);
  expect(softmaxOf(model, row(1, 0))[1]).toBeGreaterThan(0.9);
});

test('probabilities sum to 1, also for features never seen', () => {
  const model = trainSoftmax([row(0, 0), row(1, 1)], OPTIONS);
  for (const feature of [0, 1, 2, 3]) {
    const sum = softmaxOf(model, row(feature, 0)).reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 12);
  }
});

test('equal rows, options and seed train equal bits; another seed shuffles otherwise', () => {
  const rows = Array.from({ length: 50 }, (_, i) => row(i % 3, (i * 7) % 2));
  const { weights } = trainSoftmax(rows, OPTIONS);
  expect(trainSoftmax(rows, OPTIONS).weights).toEqual(weights);
  expect(trainSoftmax(rows, { ...OPTIONS, seed: 2 }).weights).not.toEqual(weights);
});

test('a heavy row outweighs light ones that contradict it', () => {
  const contradicting = (weight: number) =>
    softmaxOf(
      trainSoftmax([row(0, 1, weight), ...Array.from({ length: 5 }, () => row(0, 0))], OPTIONS),
      row(0, 0),
    );
  expect(contradicting(10)[1]).toBeGreaterThan(0.5);
  expect(contradicting(0.1)[1]).toBeLessThan(0.2);
});

test('validation keeps the best epoch, the earlier of two equal ones', () => {
  const scores = [0.5, 0.8, 0.8, 0.7];
  let epoch = 0;
  const rows = Array.from({ length: 20 }, (_, i) => row(i % 2, i % 2));
  const kept = trainSoftmax(rows, {
    ...OPTIONS,
    epochs: 4,
    validate: () => ({ accuracy: scores[epoch++]!, loss: 1 }),
  });
  expect(kept.epochs).toBe(2);
  expect(kept.weights).toEqual(trainSoftmax(rows, { ...OPTIONS, epochs: 2 }).weights);
});

test('no rows leave all classes equal', () => {
  expect(softmaxOf(trainSoftmax([], OPTIONS), row(0, 0))).toEqual([0.5, 0.5]);
});
