/** If these fail, repeats and leaks are found by chance, or labels of a seed drift from their shares. */
import fc from 'fast-check';
import { BandTable } from '../../../../../core/strategies/error-extrapolation/stages/band-table';
import { DuplicateIndex } from '../../../../../core/strategies/error-extrapolation/stages/duplicate-index';
import {
  EvalHashes,
  evalHashes,
} from '../../../../../core/strategies/error-extrapolation/stages/eval-shingles';
import {
  GoldMeter,
  percentile,
} from '../../../../../core/strategies/error-extrapolation/stages/gold-numbers';
import {
  labelCounts,
  labelSequence,
} from '../../../../../core/strategies/error-extrapolation/stages/label-sequence';
import { sample } from '../../../../../core/strategies/error-extrapolation/stages/seed-material';
import { jaccard3 } from '../../../../../core/strategies/error-extrapolation/word-shingles';
import { sha256 } from '../../../../../core/hash';
import { randomFor } from '../../../../../core/random';
import { errorExtrapolationParamsSchema } from '../../../../../core/strategies/error-extrapolation/params';
import { TEXT_TASK } from './support';

async function* stream<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield await Promise.resolve(item);
}

describe('label sequence', () => {
  it('follows the shares in every prefix', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 300 }), (given, rows) => {
        const sum = given.reduce((a, b) => a + b, 0);
        const shares = given.map((weight) => weight / sum);
        const whole = labelSequence(shares, rows);
        expect([...labelSequence(shares, Math.ceil(rows / 2))]).toEqual([
          ...whole.slice(0, Math.ceil(rows / 2)),
        ]);
        const counts = labelCounts(shares, rows);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(rows);
        for (const [label, count] of counts.entries())
          expect(Math.abs(count - shares[label]! * rows)).toBeLessThan(2);
      }),
    );
  });

  it('takes equal shares in turn', () => {
    const third = 1 / 3;
    expect([...labelSequence([third, third, third], 7)]).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });
});

describe('sample', () => {
  it('draws different items, all of them where they are few, and each as often', () => {
    const counts = [0, 0, 0, 0, 0];
    for (let draw = 0; draw < 5_000; draw += 1) {
      const drawn = sample(randomFor(draw, 'sample'), [0, 1, 2, 3, 4], 2);
      expect(new Set(drawn).size).toBe(2);
      for (const item of drawn) counts[item]! += 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(150);
    expect(sample(randomFor(1, 'few'), ['a', 'b'], 5).sort()).toEqual(['a', 'b']);
  });
});

describe('band table', () => {
  it('finds every ordinal of a hash, latest first, however far it grows', () => {
    const table = new BandTable();
    const expected = new Map<number, number[]>();
    const random = randomFor(1, 'bands');
    for (let ordinal = 0; ordinal < 20_000; ordinal += 1) {
      const hash = random.integer(6_000) * 4_093;
      table.add(hash, ordinal);
      expected.set(hash, [ordinal, ...(expected.get(hash) ?? [])]);
    }
    for (const [hash, ordinals] of expected) expect([...table.of(hash)]).toEqual(ordinals);
    expect([...table.of(1)]).toEqual([]);
  });
});

describe('duplicate index', () => {
  it('never calls a text a near-duplicate that is not one', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    const text = fc.array(word, { minLength: 1, maxLength: 14 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 30 }), (texts) => {
        const index = new DuplicateIndex('text', 0.8);
        const kept = new Map<string, string>();
        for (const [i, one] of texts.entries()) {
          const repeat = index.add(`row ${i}`, { text: one, label: 'x' });
          if (repeat === undefined) kept.set(`row ${i}`, one);
          else if (repeat.reason === 'duplicate-exact') expect(texts.slice(0, i)).toContain(one);
          else
            expect(jaccard3(one, kept.get(repeat.detail.replace('repeats ', ''))!)).toBeGreaterThanOrEqual(
              0.8,
            );
        }
      }),
    );
  });

  it('finds nineteen of twenty texts in which one word of thirty is another', () => {
    const index = new DuplicateIndex('text', 0.8);
    const random = randomFor(1, 'near');
    let found = 0;
    for (let i = 0; i < 200; i += 1) {
      const words = Array.from({ length: 30 }, () => `w${random.integer(5_000)}`);
      index.add(`${i}`, { text: words.join(' ') });
      const changed = [...words.slice(0, 29), 'other'].join(' ');
      if (index.add(`${i}'`, { text: changed })?.reason === 'duplicate-near') found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(190);
  });
});

describe('hashes of what is kept apart', () => {
  it('are found again, and no others', async () => {
    const hashes = Array.from({ length: 10_000 }, (_, i) => sha256(`kept ${i}`).slice(0, 16));
    const kept = await EvalHashes.read(stream(hashes));
    expect(hashes.every((hash) => kept.has(hash))).toBe(true);
    const others = Array.from({ length: 10_000 }, (_, i) => sha256(`other ${i}`).slice(0, 16));
    expect(others.filter((hash) => kept.has(hash))).toEqual([]);
    expect((await EvalHashes.read(stream([]))).has(hashes[0]!)).toBe(false);
  });

  it('hold every run of words, and all words where they are few', () => {
    const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(' ');
    expect(evalHashes('text', { text: words(15) }, 13)).toHaveLength(3);
    expect(evalHashes('text', { text: words(5) }, 13)).toHaveLength(1);
    expect(evalHashes('text', { text: '...' }, 13)).toEqual([]);
    const target = { target: words(4) };
    expect(evalHashes('pair', { ...target, context: 'one' }, 13)).not.toEqual(
      evalHashes('pair', { ...target, context: 'two' }, 13),
    );
  });
});

describe('numbers of gold', () => {
  it('are percentiles by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, i) => i + 1);
    expect([0.5, 50, 99.5, 100].map((percent) => percentile(values, percent))).toEqual([1, 100, 199, 200]);
    expect(percentile([], 50)).toBe(0);
  });

  it('say how long texts are', () => {
    const meter = new GoldMeter('text');
    for (let count = 1; count <= 100; count += 1) meter.add({ text: 'four '.repeat(count).trim() });
    const numbers = meter.numbers(errorExtrapolationParamsSchema.parse({ task: TEXT_TASK }));
    expect(numbers).toEqual({ lengths: { min: 1, max: 100 }, targetTokensP95: 119 });
  });
});
