/** If these fail, the built-in student does not learn what a job's data teaches, and comparisons between data say nothing. */
import { linearLoss, predictLinear, trainLinear } from '../../../../core/students/linear/linear-student';
import type { LabelPrediction } from '../../../../core/students/student';
import { plainWeights, shareRight } from '../../../support/toys/examples';
import { pairToy } from '../../../support/toys/pair-toy';
import { textToy } from '../../../support/toys/text-toy';

const TEXT = textToy({ seed: 1 });
const TASK = { kind: 'text', labels: TEXT.labels.map(({ id }) => id) } as const;
const PAIR = pairToy({ seed: 1 });
const half = <T>(rows: readonly T[]) =>
  [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)] as const;
const texts = (rows: readonly [string, string][]) =>
  plainWeights(rows.map(([text, label], i) => ({ id: `${i}`, text, label })));
const probabilities = (student: ReturnType<typeof trainLinear>, text: string) =>
  (predictLinear(student, [{ id: 'x', text }])[0] as LabelPrediction).probabilities;

test('gold of the text toy teaches it', () => {
  const [known, unseen] = half(TEXT.gold);
  const student = trainLinear(TASK, plainWeights(known), { seed: 1 });
  expect(shareRight(student, known)).toBeGreaterThan(0.99);
  expect(shareRight(student, unseen)).toBeGreaterThan(0.95);
});

test('gold of the pair toy, all forms of it, teaches it', () => {
  const task = { kind: 'pair', labels: PAIR.labels.map(({ id }) => id) } as const;
  const [known, unseen] = half(PAIR.gold);
  const student = trainLinear(task, plainWeights(known), { seed: 1 });
  expect(shareRight(student, unseen)).toBeGreaterThan(0.95);
});

test('equal input trains equal bits, whatever else was trained; the seed matters', () => {
  const rows = plainWeights(TEXT.gold.slice(0, 200));
  const first = trainLinear(TASK, rows, { seed: 1 });
  expect(trainLinear(TASK, rows, { seed: 2 }).model.weights).not.toEqual(first.model.weights);
  expect(trainLinear(TASK, rows, { seed: 1 })).toEqual(first);
});

test('the order of labels changes only the order of probabilities', () => {
  const rows = plainWeights(TEXT.gold.slice(0, 200));
  const backwards = { kind: 'text', labels: [...TASK.labels].reverse() } as const;
  const text = TEXT.gold[300]!.text;
  const expected = [...probabilities(trainLinear(TASK, rows, { seed: 1 }), text)].reverse();
  expect(probabilities(trainLinear(backwards, rows, { seed: 1 }), text)).toEqual(expected);
});

test('label ids that look like numbers stay strings', () => {
  const task = { kind: 'text', labels: ['1', '01'] } as const;
  const student = trainLinear(
    task,
    texts([
      ['apple pie', '1'],
      ['stone wall', '01'],
    ]),
    { seed: 1 },
  );
  const [one, padded] = probabilities(student, 'stone wall');
  expect(padded).toBeGreaterThan(one!);
});

test('data of one label predicts that label', () => {
  const student = trainLinear(
    TASK,
    texts([
      ['abc', 'south'],
      ['def', 'south'],
    ]),
    { seed: 1 },
  );
  const found = probabilities(student, 'never seen');
  expect(found.indexOf(Math.max(...found))).toBe(TASK.labels.indexOf('south'));
});

test('empty texts are answered by how common labels are', () => {
  const student = trainLinear(
    TASK,
    texts([
      ['', 'north'],
      ['', 'north'],
      ['', 'north'],
      ['', 'east'],
    ]),
    { seed: 1 },
  );
  const [north, east] = probabilities(student, '');
  expect(north).toBeGreaterThan(east!);
  expect(probabilities(student, ' \n').every(Number.isFinite)).toBe(true);
});

test.each(['这部电影很好看', 'Ça déçoit énormément', '👍👍👍👍', 'ОЧЕНЬ хорошо'])(
  'letters of any script: %s',
  (text) => {
    const student = trainLinear(
      TASK,
      texts([
        [text, 'west'],
        ['plain words', 'north'],
      ]),
      { seed: 1 },
    );
    expect(probabilities(student, text)[TASK.labels.indexOf('west')]).toBeGreaterThan(0.5);
  },
);

test('weights decide between rows that contradict each other', () => {
  const [a, b] = texts([
    ['same text', 'north'],
    ['same text', 'east'],
  ]);
  const student = trainLinear(
    TASK,
    [
      { ...a!, weight: 0.1 },
      { ...b!, weight: 3 },
    ],
    { seed: 1 },
  );
  const [north, east] = probabilities(student, 'same text');
  expect(east).toBeGreaterThan(north!);
});

test('validation chooses the epoch; training on, the last is kept', () => {
  const [known, unseen] = half(TEXT.gold);
  const rows = plainWeights(known.slice(0, 300));
  const chosen = trainLinear(TASK, rows, { seed: 1, validation: plainWeights(unseen) });
  const each = [1, 2, 3, 4, 5, 6, 7, 8].map((epochs) => trainLinear(TASK, rows, { seed: 1, epochs }));
  const shares = each.map((student) => shareRight(student, unseen));
  expect(shareRight(chosen, unseen)).toBe(Math.max(...shares));
  expect(each[chosen.model.epochs - 1]!.model.weights).toEqual(chosen.model.weights);
  expect(trainLinear(TASK, rows, { seed: 1 }).model.epochs).toBe(8);
});

test('the loss is the mean negative log-likelihood of the label', () => {
  const rows = texts([
    ['apple pie', 'north'],
    ['stone wall', 'east'],
  ]);
  const student = trainLinear(TASK, rows, { seed: 1 });
  const likelihoods = rows.map(
    ({ text, label }) => probabilities(student, text!)[TASK.labels.indexOf(label!)]!,
  );
  const mean = (-Math.log(likelihoods[0]!) - Math.log(likelihoods[1]!)) / 2;
  expect(linearLoss(student, rows)).toBeCloseTo(mean, 12);
  expect(linearLoss(trainLinear(TASK, [], { seed: 1 }), rows)).toBeCloseTo(Math.log(4), 12);
  expect(linearLoss(student, [])).toBe(0);
});

test('a label that the task does not have is named', () => {
  expect(() => trainLinear(TASK, texts([['abc', 'up']]), { seed: 1 })).toThrow(
    'Example "0" has the label "up"',
  );
});
