import fc from 'fast-check';
import { interleave } from '../../../../core/strategies/entigraph/interleave';
import { trancheRows } from '../../../../core/strategies/entigraph/plan';

function named(order: readonly [number, number][]): string {
  return order.map(([document, unit]) => `${'ABC'[document]}${unit}`).join(' ');
}

test('documents take turns by weight', () => {
  expect(named(interleave([3, 1, 2], [1, 1, 1]))).toBe('A0 B0 C0 A1 C1 A2');
  expect(named(interleave([4, 2], [2, 1]))).toBe('A0 B0 A1 A2 B1 A3');
});

test('in every prefix the documents that are not exhausted differ by at most one unit', () => {
  const counts = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(counts, (sizes) => {
      const order = interleave(
        sizes,
        sizes.map(() => 1),
      );
      expect(order).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
      const taken = sizes.map(() => 0);
      for (const [document, unit] of order) {
        expect(unit).toBe(taken[document]);
        taken[document]! += 1;
        const most = Math.max(...taken);
        expect(taken.every((count, d) => count === sizes[d] || count >= most - 1)).toBe(true);
      }
    }),
  );
});

test('a longer order begins like a shorter one', () => {
  const short = interleave([5, 12, 40], [1, 1, 1]).slice(0, 15);
  expect(interleave([5, 30, 80], [1, 1, 1]).slice(0, 15)).toEqual(short);
});

test('tranches aim a little short of the target', () => {
  expect(trancheRows(1e6, 650, 1e9)).toBe(1_385);
  expect(trancheRows(5e3, 650, 1e9)).toBe(20);
  expect(trancheRows(1e6, 0, 1e9)).toBe(20);
  expect(trancheRows(1e12, 650, 1e9)).toBe(20_000);
  expect(trancheRows(1e6, 650, 7)).toBe(7);
});
