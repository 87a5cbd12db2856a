/** If these fail, the benchmarks print numbers that nobody measured. */
import { execFileSync } from 'node:child_process';

/** jest does not load ES modules, Node does: one function of a file beside this one, in a process of its own. */
function call<T>(file: string, name: string, ...input: readonly unknown[]): T {
  const script = `
    import { ${name} } from './${file}.mjs';
    const result = await ${name}(...JSON.parse(process.argv[1]));
    process.stdout.write(JSON.stringify(result ?? null));
  `;
  const argv = ['--input-type=module', '--eval', script, JSON.stringify(input)];
  return JSON.parse(
    execFileSync(process.execPath, argv, { cwd: __dirname, encoding: 'utf8', stdio: 'pipe' }),
  ) as T;
}

/** By tenth of a second; every second as given. */
const timelineOf = (answered: readonly number[]) => ({
  stepMs: 100,
  fromMs: 1,
  arrivals: answered,
  answered,
  limited: answered.map(() => 0),
});
/** Seconds whose answers all come in their first step, as those of a fixed window do. */
const bursts = (perSecond: readonly number[]) =>
  timelineOf(perSecond.flatMap((count) => [count, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
const even = (perSecond: readonly number[]) =>
  timelineOf(perSecond.flatMap((count) => Array.from({ length: 10 }, () => count / 10)));

describe('rates', () => {
  test('the steady rate leaves out the start and the end, and counts whole windows', () => {
    const work = { skipMs: 5_000, calls: 1_040, inFlight: 60 };
    const learning = [10, 20, 30, 40, 50];
    const steady = bursts([...learning, 100, 100, 100, 100, 100, 100, 100, 100, 50, 40]);
    expect(call('support/timeline', 'steadyRate', steady, work)).toBe(100);
    expect(call('support/timeline', 'steadyRate', bursts([500, 540]), work)).toBeNull();
  });

  test('a job that stalls is not steady until it stalled', () => {
    const stalled = { ...even([100, 100, 100, 100, 0, 0]), limited: Array.from({ length: 80 }, () => 1) };
    const work = { skipMs: 0, calls: 1_000, inFlight: 10 };
    expect(call('support/timeline', 'steadyRate', stalled, work)).toBe(50);
  });

  test('back is a second at the rate that is kept; a lucky one is not', () => {
    const wish = { fromMs: 2_000, toMs: 12_000, rate: 90 };
    const back = (timeline: object) => call('support/timeline', 'recoveryMs', timeline, wish);
    expect(back(even([200, 200, 20, 20, 100, 100, 100, 100, 100, 100, 100, 100]))).toBe(2_900);
    expect(back(even([200, 200, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBeNull();
    expect(back(even([200, 200, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]))).toBe(1_000);
  });
});

describe('bars', () => {
  interface Bar {
    readonly held: boolean;
    readonly got: string;
  }

  test('what was not measured is not held', () => {
    for (const value of [null, 'NaN', undefined])
      expect(call<Bar>('support/bars', 'atMost', 'x', value, 5)).toMatchObject({
        held: false,
        got: 'not measured',
      });
  });

  test('a limit that is just met is held, on its own side', () => {
    expect(call<Bar>('support/bars', 'atLeast', 'x', 5, 5).held).toBe(true);
    expect(call<Bar>('support/bars', 'atLeast', 'x', 4.99, 5).held).toBe(false);
    expect(call<Bar>('support/bars', 'atMost', 'x', 5.01, 5).held).toBe(false);
    expect(call<Bar>('support/bars', 'exactly', 'x', 0, 0).held).toBe(true);
    expect(call<Bar>('support/bars', 'exactly', 'x', 1, 0).held).toBe(false);
  });

  test('the page names every bar that is not held, and keeps sections from before there were bars', () => {
    const conditions = { date: '2026-01-01', commit: 'abc', node: 'v20', load: 0, cores: 2 };
    const bars = [
      call('support/bars', 'atLeast', 'speed', 1, 2),
      call('support/bars', 'atLeast', 'calm', 2, 2),
    ];
    const suites = [
      ['tail', { conditions, markdown: '## Tail', bars }],
      ['cap', { conditions, markdown: '## Cap' }],
    ];
    const page = call<string>('support/page', 'page', suites);
    expect(page).toMatch(/\| tail \| 1 of 2 \| speed: 1 \|/);
    expect(page).toMatch(/\| cap \| none then \|/);
    expect(page).toMatch(/\| speed \| ≥ 2 \| 1 \| \*\*not held\*\* \|/);
  });
});

test('the median of an even number lies between, and nothing has none', () => {
  expect(call('support/statistics', 'median', [4, 1, 3, 2])).toBe(2.5);
  expect(call('support/statistics', 'median', [])).toBeNull();
  expect(call('support/statistics', 'spread', [3, 1, 2], 1)).toBe('2.0 (1.0–3.0)');
});

test('a leak and a job that slows down are seen', () => {
  const samples = Array.from({ length: 101 }, (_, at) => ({
    seconds: at < 50 ? at : 50 + (at - 50) * 2,
    rows: at * 1_000,
    bytes: { generator: 200e6 + at * 1e6, api: 100e6 },
  }));
  const peakBytes = { generator: 300e6, api: 100e6 };
  const found = call<{ growth: Record<string, number>; rateFirst: number; rateLast: number }>(
    'memory',
    'evaluate',
    { rows: 100_000, samples, peakBytes },
  );
  expect(found.growth['api']).toBe(1);
  expect(found.growth['generator']).toBeGreaterThan(1.3);
  expect(found.rateFirst).toBeCloseTo(1_000);
  expect(found.rateLast).toBeCloseTo(500);
});

describe('the command line', () => {
  const suites = ['overhead', 'tail'];
  const read = (...argv: string[]) => call('support/options', 'readOptions', argv, suites);

  test('all and nothing mean every suite; quick never writes', () => {
    expect(read()).toMatchObject({ suites, runs: 5, write: true, inFlight: [32, 128, 512] });
    expect(read('all', '--quick')).toMatchObject({ suites, runs: 1, write: false });
    expect(read('tail', '--client', 'a=run {input}')).toMatchObject({
      suites: ['tail'],
      clients: [{ name: 'a', command: 'run {input}' }],
    });
  });

  test.each([['nap'], ['--runs', '0'], ['--client', 'no command']])('%s %s is refused', (...argv) => {
    expect(() => read(...argv)).toThrow(/expected/);
  });
});
