/** If these fail, the model is asked for rows that no variant means, and arms do not share the calls they could. */
import { dataOf } from '../../../../../core/strategies/error-extrapolation/stages/imitation';
import type { ImitationOf } from '../../../../../core/strategies/error-extrapolation/stages/imitation';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';

const labels = ['neg', 'pos', 'mixed'].map((id) => ({ id, phrase: id, cases: [`a ${id} case`] }));
const text = errorExtrapolationParamsSchema.parse({ task: { kind: 'text', instruction: 'i', labels } });
const qa = errorExtrapolationParamsSchema.parse({ task: { kind: 'extractive-qa', instruction: 'i' } });
const place = { replicate: 1, arm: 'main', step: 'extrapolate', round: 2 };

function data(given: Partial<ImitationOf>) {
  const pick = { id: 'g7', ordinal: 7, label: 'neg', predicted: 'pos', draws: {} };
  return dataOf({ params: text, seed: 1, place, pick, variant: 'near', n: 0, patterns: new Map(), ...given });
}

test('near and shift keep the label', () => {
  expect(data({ variant: 'shift' })).toEqual({ variant: 'shift', label: 'neg', reasons: [], parentId: 'g7' });
});

test('contrast asks for the label that the student gave, with one of its cases', () => {
  expect(data({ variant: 'contrast' })).toMatchObject({
    variant: 'contrast',
    label: 'pos',
    other: 'pos',
    case: 'a pos case',
  });
});

test('a row that no student was asked about contrasts with any other label', () => {
  const pick = { id: 'g7', ordinal: 7, label: 'neg', draws: {} };
  expect(['pos', 'mixed']).toContain(data({ variant: 'contrast', pick }).label);
});

test('an empty span is nothing to contrast with', () => {
  const answer = { text: 'Ada', start: 0 };
  const pick = { id: 'q', ordinal: 0, predicted: '', draws: {} };
  expect(data({ params: qa, pick, answer, variant: 'contrast' })).toMatchObject({ variant: 'near', answer });
  const wrong = { ...pick, predicted: 'Bob' };
  expect(data({ params: qa, pick: wrong, answer, variant: 'contrast' })).toMatchObject({
    variant: 'contrast',
    predicted: 'Bob',
  });
});

test('a pattern varies in turn, and becomes near where nobody could say what errors share', () => {
  const patterns = new Map([[3, { name: 'irony', pattern: 'says the opposite', vary: ['topic', 'tone'] }]]);
  const pick = { id: 'g7', ordinal: 7, label: 'neg', cluster: 3, draws: {} };
  const varied = [0, 1, 2].map((n) => data({ variant: 'pattern', pick, n, patterns }).pattern?.vary);
  expect(varied).toEqual(['topic', 'tone', 'topic']);
  expect(data({ variant: 'pattern', pick: { ...pick, cluster: 4 }, patterns })).toMatchObject({
    variant: 'near',
  });
});

test('alpha lies between 50 and 100 in steps of 5, mostly above the middle', () => {
  const alphas = Array.from({ length: 400 }, (_, n) => data({ variant: 'boundary', n }).alpha!);
  expect(alphas.every((alpha) => alpha % 5 === 0 && alpha >= 50 && alpha <= 100)).toBe(true);
  const mean = alphas.reduce((sum, alpha) => sum + alpha, 0) / alphas.length;
  expect(mean).toBeGreaterThan(83); // 50 + 50 · 5/7 = 85.7
  expect(mean).toBeLessThan(88);
});

test('arms draw alike, replicates do not', () => {
  const all = (over: Partial<typeof place>) =>
    Array.from({ length: 20 }, (_, n) => data({ variant: 'boundary', n, place: { ...place, ...over } }));
  expect(all({ arm: 'goldgen-mix' })).toEqual(all({}));
  expect(all({ replicate: 2 })).not.toEqual(all({}));
});
