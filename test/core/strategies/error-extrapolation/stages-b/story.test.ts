/** If these fail, a job runs too many rounds or too few, or its matched arms stop where main does not. */
import {
  findsErrors,
  lastRoundOf,
  replicatesOf,
  Rounds,
} from '../../../../../core/strategies/error-extrapolation/story';

test('main goes on until its students say so', () => {
  const rounds = new Rounds('main');
  expect(rounds).toMatchObject({ next: 0, last: -1, done: false });
  rounds.add({ done: false, best: 0 });
  rounds.add({ done: true, best: 1 });
  expect(rounds).toMatchObject({ next: 2, last: 1, done: true });
});

test.each([
  ['goldgen-mix', 3],
  ['goldgen-mix-as-errors', 3],
  ['seed-only', 0],
  ['few-shot', 0],
  ['goldgen-pure', 1],
])('%s follows main', (arm, last) => {
  const main = new Rounds('main');
  for (let q = 0; q < 4; q += 1) main.add({ done: q === 3 });
  const rounds = new Rounds(arm, main);
  while (!rounds.done) rounds.add({});
  expect(rounds.last).toBe(last);
  expect(lastRoundOf(arm, main.last)).toBe(last);
  expect(findsErrors(arm)).toBe(false);
});

test('faithful ends by its own rule', () => {
  const main = new Rounds('main');
  main.add({ done: true });
  const rounds = new Rounds('faithful', main);
  rounds.add({ done: false });
  expect(rounds.done).toBe(false);
});

test('an arm of a main that wrote one round alone has that round', () => {
  const main = new Rounds('main');
  main.add({ done: true });
  for (const arm of ['goldgen-mix', 'seed-only']) {
    const rounds = new Rounds(arm, main);
    rounds.add({});
    expect(rounds.done).toBe(true);
  }
});

test('replicates after the first carry their number in front', () => {
  const facts = { generatedArms: ['seed-only'], replicates: 2, topUpWavesMax: 0 };
  expect(replicatesOf(facts).map(({ main, arms }) => [main, ...arms].map(({ prefix }) => prefix))).toEqual([
    ['main/', 'seed-only/'],
    ['r2/main/', 'r2/seed-only/'],
  ]);
});
