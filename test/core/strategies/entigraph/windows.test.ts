import fc from 'fast-check';
import { cutWindows } from '../../../../core/strategies/entigraph/windows';
import { coveringWindows, sharedWindow, unitsOf } from '../../../../core/strategies/entigraph/tuples';
import type { EntityWindows, UnitSource } from '../../../../core/strategies/entigraph/tuples';
import { estimateTokens } from '../../../../core/text/tokens';

function cut(text: string, tokensMax: number, overlapTokens: number): string[] {
  return cutWindows(text, { tokensMax, overlapTokens }).map(({ from, to }) => text.slice(from, to));
}

test('a short document is one window', () => {
  expect(cut('One sentence.', 128, 30)).toEqual(['One sentence.']);
});

test('60,000 tokens make at least eight windows that fit, overlap, and lose nothing', () => {
  const text = Array.from(
    { length: 6_000 },
    (_, i) => `Sentence ${String(i).padStart(5, '0')} tells of a ship.${i % 9 === 8 ? '\n\n' : ' '}`,
  ).join('');
  const long = text + text.slice(0, 240_000 - text.length);
  const windows = cut(long, 8_000, 200);
  expect(windows.length).toBeGreaterThanOrEqual(8);
  expect(windows.every((window) => estimateTokens(window) <= 8_000)).toBe(true);
  for (let i = 0; i < 6_000; i += 1)
    expect(windows.some((window) => window.includes(`Sentence ${String(i).padStart(5, '0')} tells`))).toBe(
      true,
    );
  expect(windows[0]).toContain(windows[1]!.slice(0, 100));
});

test('windows begin at headings where they can', () => {
  const section = (name: string): string =>
    `# ${name}\n\n${'Words of a section that is long. '.repeat(12)}\n\n`;
  const windows = cut(['A', 'B', 'C', 'D'].map(section).join(''), 256, 0);
  expect(windows.map((window) => window.slice(0, 3))).toEqual(['# A', '# C']);
});

test('any text is covered from its beginning to its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 3_000 }), (text) => {
      const spans = cutWindows(text, { tokensMax: 128, overlapTokens: 20 });
      let reached = 0;
      for (const { from, to } of spans) {
        expect(text.slice(reached, from).trim()).toBe('');
        expect(estimateTokens(text.slice(from, to))).toBeLessThanOrEqual(128);
        reached = to;
      }
      expect(text.slice(reached).trim()).toBe('');
    }),
  );
});

const at = (...windows: readonly number[]): EntityWindows => windows.map((window) => [window, 1] as const);

test('a tuple uses the window that mentions all of it most, else the first two that cover it', () => {
  expect(
    sharedWindow([
      [
        [0, 1],
        [2, 5],
      ],
      [
        [0, 2],
        [2, 1],
      ],
    ]),
  ).toBe(2);
  expect(sharedWindow([at(0, 1), at(1, 2), at(2)])).toBeUndefined();
  expect(coveringWindows([at(0, 3), at(2)])).toEqual([0, 2]);
  expect(coveringWindows([at(0), at(1), at(2)])).toBeUndefined();
  expect(coveringWindows([at(0), at(1, 4), at(4)])).toEqual([0, 4]);
});

test('each tuple comes once a sample, those that share a window before those that need two', () => {
  const source: UnitSource = {
    docHash: 'abc',
    windowCount: 3,
    entityCount: 4,
    summaryWindows: [0, 2],
    entityWindows: [at(0), at(0, 1), at(1), at(2)],
  };
  const settings = { includeSummaries: true, samplesPerTupleMax: 2, crossWindow: true };
  const units = [...unitsOf(source, { ...settings, tupleSizes: [2, 3] }, 1)];
  expect(units.slice(0, 2).map(({ kind, windows }) => [kind, windows])).toEqual([
    ['summary', [0]],
    ['summary', [2]],
  ]);
  const names = units.map(
    ({ kind, entities, sample, windows }) => `${kind} ${entities.join('+')} ${sample} ${windows.join('+')}`,
  );
  expect(new Set(names).size).toBe(names.length);
  const pairs = units.filter(({ kind, sample }) => kind === 'pair' && sample === 0);
  expect(pairs).toHaveLength(6);
  expect(pairs.map(({ windows }) => windows.length)).toEqual([1, 1, 2, 2, 2, 2]);
  for (const { entities, windows } of units) {
    for (const entity of entities)
      expect(source.entityWindows[entity]!.some(([window]) => windows.includes(window))).toBe(true);
  }
  const without = [...unitsOf(source, { ...settings, crossWindow: false, tupleSizes: [2] }, 1)];
  expect(without.filter(({ sample }) => sample === 0 && without.length > 0)).toHaveLength(4);
});
