/** If these fail, a report claims a gain that its numbers do not bear, or hides a loss. */
import { claimOf } from '../../../../../core/strategies/error-extrapolation/claims';
import type { ClaimComparison, ClaimFacts } from '../../../../../core/strategies/error-extrapolation/claims';

const facts: ClaimFacts = { seeds: 3, matched: true, replicates: 1, tasks: 1 };
const up = { id: 'main-goldgen-mix', mean: 0.09025, low: 0.034, high: 0.147, pHolm: 0.0024 };
const targeting = (change: Partial<ClaimComparison> = {}, other: Partial<ClaimFacts> = {}) =>
  claimOf([{ ...up, ...change }], { ...facts, ...other })[0]!;
const LUCK =
  'One replicate: the luck of generation is not covered, which takes 3; this holds for this dataset only.';

test('helped, with one replicate: for this dataset', () => {
  expect(targeting()).toEqual({
    id: 'main-goldgen-mix',
    verdict: 'helped',
    scope: 'dataset',
    sentence: `Error targeting helped for this dataset: +9.03 points (95 % CI 3.4 to 14.7, p = 0.0024) against imitating as many random gold rows. ${LUCK}`,
  });
});

test('three replicates speak of the task, two tasks of the method', () => {
  expect(targeting({}, { replicates: 2 }).sentence).toContain('2 replicates: the luck of generation');
  const task = targeting({}, { replicates: 3 });
  expect([task.scope, task.sentence]).toEqual([
    'task',
    'Error targeting helped on this task: +9.03 points (95 % CI 3.4 to 14.7, p = 0.0024) against imitating as many random gold rows.',
  ]);
  const method = targeting({ pHolm: 0 }, { replicates: 3, tasks: 2 });
  expect(method.scope).toBe('method');
  expect(method.sentence).toContain('helped as a method, on 2 tasks:');
  expect(method.sentence).toContain('p < 0.001');
});

test('not shown: the interval holds zero', () => {
  expect(targeting({ mean: 0.004, low: -0.012, high: 0.021, pHolm: 0.61 })).toEqual({
    id: 'main-goldgen-mix',
    verdict: 'not-shown',
    scope: 'dataset',
    sentence: `It is not shown that error targeting helped: +0.4 points (95 % CI −1.2 to 2.1, p = 0.61) against imitating as many random gold rows. The interval holds 0; p is not below 0.05. ${LUCK}`,
  });
});

test('not shown: p after adjustment, although the interval is above zero', () => {
  const claim = targeting({ low: 0.001, pHolm: 0.05 });
  expect([claim.verdict, claim.sentence.includes('P is not below 0.05.')]).toEqual(['not-shown', true]);
});

test('not shown: unmatched, or too few seeds', () => {
  const unmatched = targeting({ matched: false });
  expect(unmatched.verdict).toBe('not-shown');
  expect(unmatched.sentence).toContain(
    'The two sides are not matched: their accepted rows differ by more than 2 %.',
  );
  expect(targeting({}, { matched: false }).verdict).toBe('not-shown');
  expect(targeting({}, { seeds: 1 }).sentence).toContain('One student seed, 3 are needed.');
  expect(targeting({ seeds: 2 }).sentence).toContain('2 student seeds, 3 are needed.');
});

test('harmed is said as plainly', () => {
  const down = { mean: -0.07, low: -0.13, high: -0.02, pHolm: 0.01 };
  expect(targeting(down)).toMatchObject({ verdict: 'harmed', scope: 'dataset' });
  expect(targeting(down).sentence).toContain(
    'Error targeting harmed for this dataset: −7 points (95 % CI −13 to −2, p = 0.01)',
  );
  const doubtful = targeting(down, { seeds: 2 });
  expect(doubtful.verdict).toBe('not-shown');
  expect(doubtful.sentence).toContain('It rather harmed; 2 student seeds, 3 are needed.');
});

test('the data against gold alone; what did not run was not tested', () => {
  const [first, second] = claimOf([{ ...up, id: 'main-gold-only' }], facts);
  expect(first).toMatchObject({ verdict: 'not-tested' });
  expect(first!.sentence).toBe(
    'Whether error targeting helped was not tested: the arm goldgen-mix did not run to its end.',
  );
  expect(second!.sentence).toContain('The generated data helped for this dataset: +9.03 points');
  expect(claimOf([], facts).map(({ verdict }) => verdict)).toEqual(['not-tested', 'not-tested']);
});
