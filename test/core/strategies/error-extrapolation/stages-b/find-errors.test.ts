/** If these fail, rows are imitated that students got right, or errors are missed. */
import { findErrors } from '../../../../../core/strategies/error-extrapolation/stages/find-errors';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';

const LABELS = ['neg', 'pos', 'mixed'];
const row = (id: string, label: string): GoldRow => ({ id, group: id, label, text: id, line: 1 });
const says = (id: string, ...probabilities: number[]) => ({ id, probabilities });
const rule = { labels: LABELS, qaErrorF1Max: null };

test('an error is wrong in more than half of the seeds', () => {
  const rows = [row('a', 'neg'), row('b', 'neg')];
  const right = [0.8, 0.1, 0.1];
  const wrong = [0.1, 0.8, 0.1];
  const seeds = [
    [says('a', ...wrong), says('b', ...wrong)],
    [says('a', ...right), says('b', ...wrong)],
    [says('a', ...right), says('b', ...right)],
  ];
  const { errors, predictedShares } = findErrors(rows, seeds, rule);
  expect(errors).toEqual([
    expect.objectContaining({ id: 'b', ordinal: 1, label: 'neg', predicted: 'pos', everySeed: false }),
  ]);
  expect(errors[0]!.goldProbability).toBeCloseTo((0.1 + 0.1 + 0.8) / 3);
  expect(predictedShares).toEqual([0.5, 0.5, 0]);
  // Of two seeds, one is half: no error.
  expect(findErrors(rows, seeds.slice(0, 2), rule).errors.map(({ id }) => id)).toEqual(['b']);
});

test('of wrong labels with as many votes, the likelier one is named', () => {
  const seeds = [[says('a', 0.4, 0.6, 0)], [says('a', 0.1, 0.1, 0.8)], [says('a', 0.95, 0.05, 0)]];
  expect(findErrors([row('a', 'neg')], seeds, rule).errors[0]).toMatchObject({ predicted: 'mixed' });
});

test('label ids are strings, also those that look like numbers', () => {
  const { errors } = findErrors([row('a', '01')], [[says('a', 0.2, 0.8)]], { ...rule, labels: ['1', '01'] });
  expect(errors).toEqual([]);
});

describe('question answering', () => {
  const question: GoldRow = {
    id: 'q',
    group: 'q',
    line: 1,
    context: 'built in the year 1889',
    question: 'when?',
    answers: [{ text: '1889', start: 18 }],
  };
  const answers = (...texts: string[]) =>
    texts.map((text) => [{ id: 'q', answer: { text, start: 0 }, probability: 0.7 }]);

  test('an answer that is not exact is an error', () => {
    const { errors, predictedShares } = findErrors([question], answers('the 1889', '1889.'), {
      labels: [],
      qaErrorF1Max: null,
    });
    expect(errors).toEqual([]); // articles and marks do not count
    expect(predictedShares).toEqual([]);
    const [error] = findErrors([question], answers('in the year 1889'), {
      labels: [],
      qaErrorF1Max: null,
    }).errors;
    expect(error).toMatchObject({ predicted: 'in the year 1889', everySeed: true, goldProbability: 0 });
  });

  test('with a limit, an answer that overlaps enough is none', () => {
    const lenient = { labels: [], qaErrorF1Max: 0.4 };
    expect(findErrors([question], answers('in the year 1889'), lenient).errors).toEqual([]);
    expect(findErrors([question], answers('built'), lenient).errors).toHaveLength(1);
  });
});
