/** If these fail, the arms that show whether errors matter get other counts than main, or other variants. */
import type { Pick as Picked } from '../../../../../core/strategies/error-extrapolation/records';
import { selectRandom } from '../../../../../core/strategies/error-extrapolation/select-random';
import type { RandomSelection } from '../../../../../core/strategies/error-extrapolation/select-random';
import { taskParams } from './task-params';

const mine = Array.from({ length: 100 }, (_, ordinal) => ({
  id: `m${ordinal}`,
  ordinal,
  label: ordinal < 70 ? 'a' : 'b',
}));
const picks: Picked[] = mine.slice(0, 10).map((row, i) => ({
  id: row.id,
  ordinal: row.ordinal,
  label: i < 2 ? 'a' : 'b',
  predicted: 'a',
  draws: i < 2 ? { near: 1, shift: 2 } : { near: 2, shift: 3 },
}));
const context: RandomSelection = {
  params: taskParams(),
  arm: 'goldgen-mix',
  mine,
  picks,
  rows: 0,
  seed: 1,
  round: 1,
};
const total = (chosen: readonly Picked[], variant: 'near' | 'shift') =>
  chosen.reduce((sum, { draws }) => sum + (draws[variant] ?? 0), 0);

test('goldgen-mix: as many random rows, with the draws of main', () => {
  const chosen = selectRandom(context);
  expect(chosen).toHaveLength(10);
  expect(new Set(chosen.map(({ id }) => id)).size).toBe(10);
  expect([total(chosen, 'near'), total(chosen, 'shift')]).toEqual([
    total(picks, 'near'),
    total(picks, 'shift'),
  ]);
  expect(chosen.every((pick) => pick.label === mine[pick.ordinal]!.label)).toBe(true);
  expect(selectRandom(context)).toEqual(chosen);
  expect(selectRandom({ ...context, round: 2 })).not.toEqual(chosen);
});

test('goldgen-mix-as-errors: the label mix of main too', () => {
  const chosen = selectRandom({ ...context, arm: 'goldgen-mix-as-errors' });
  expect(chosen.map(({ label }) => label)).toEqual(picks.map(({ label }) => label));
  expect(new Set(chosen.map(({ id }) => id)).size).toBe(10);
});

test('goldgen-pure: every row in turn, variants in their proportion', () => {
  const chosen = selectRandom({ ...context, arm: 'goldgen-pure', picks: [], rows: 350 });
  const counts = chosen.map((pick) => total([pick], 'near') + total([pick], 'shift'));
  expect(chosen).toHaveLength(100);
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([3, 4]);
  expect(total(chosen, 'near') + total(chosen, 'shift')).toBe(350);
  expect(Math.abs(total(chosen, 'near') - 350 / 3)).toBeLessThan(2);
  expect(selectRandom({ ...context, arm: 'goldgen-pure', rows: 30 })).toHaveLength(30);
});

test('a contrast needs another label; of a span nobody predicted it becomes a near one', () => {
  const contrast = picks.map((pick) => ({ ...pick, draws: { near: 1, contrast: 1 } }));
  for (const pick of selectRandom({ ...context, picks: contrast }))
    expect(pick).toMatchObject({
      predicted: pick.label === 'a' ? 'b' : 'a',
      draws: { near: 1, contrast: 1 },
    });
  const questions = mine.map(({ id, ordinal }) => ({ id, ordinal }));
  const qa = selectRandom({
    ...context,
    params: taskParams({}, 'extractive-qa'),
    mine: questions,
    picks: contrast,
  });
  expect(qa.every(({ draws }) => draws.near === 2 && draws.contrast === undefined)).toBe(true);
});

test('where main writes from patterns, random rows have clusters of their own', () => {
  const patterns = picks.map((pick) => ({ ...pick, draws: { pattern: 3 } }));
  const chosen = selectRandom({ ...context, picks: patterns, features: (ordinal) => [ordinal % 2] });
  expect(chosen.every(({ cluster }) => cluster !== undefined)).toBe(true);
  expect(() => selectRandom({ ...context, picks: patterns })).toThrow('need their vectors');
});
