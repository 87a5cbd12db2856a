/** If these fail, a plan's equal requests get equal draws, or different ones are taken for equal. */
import { hashJson } from '../../core/hash';
import { HashCounts } from '../../core/hash-counts';

const hashOf = (i: number): string => hashJson(i).slice(0, 16);

it('counts like a map, also when it has grown many times', () => {
  const counts = new HashCounts();
  const map = new Map<string, number>();
  for (let i = 0; i < 50_000; i += 1) {
    const hash = hashOf((i * 7919) % 20_011);
    expect(counts.add(hash)).toBe(map.get(hash) ?? 0);
    map.set(hash, (map.get(hash) ?? 0) + 1);
  }
});

it('tells the smallest and the largest hash from an empty place', () => {
  const counts = new HashCounts();
  const hashes = ['0000000000000000', 'ffffffffffffffff', '0000000000000001'];
  expect(hashes.map((hash) => counts.add(hash))).toEqual([0, 0, 0]);
  expect(hashes.map((hash) => counts.add(hash))).toEqual([1, 1, 1]);
});
