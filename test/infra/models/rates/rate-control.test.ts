import { EventEmitter } from 'node:events';
import { mulberry32 } from '../../../../core/random';
import { mean, refusedShare, simulate, sum, type ServerPlan } from './simulation';

// Hours are simulated; a busy machine takes its time for them.
jest.setTimeout(240_000);
// Lanes by the hundred wait on one signal.
beforeAll(() => (EventEmitter.defaultMaxListeners = 0));

const always = (cap: number) => () => cap;
const NO_CAP = always(Infinity);
/** The first seconds find the cap; what comes after must use it. */
const FOUND_AFTER = 5;
const capped = (cap: number, kind: ServerPlan['kind'], more: Partial<ServerPlan> = {}): ServerPlan => ({
  cap: always(cap),
  kind,
  ...more,
});

describe.each([50, 200])('a cap of %i calls a second that nobody was told of', (cap) => {
  test.each([
    ['fixed-window', undefined],
    ['fixed-window', 1],
    ['token-bucket', undefined],
    ['token-bucket', 1],
  ] as const)('%s, Retry-After %s: it is used and not fought', async (kind, retryAfterSeconds) => {
    const plan = capped(cap, kind, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
    const seen = await simulate(plan, { seconds: 40, inFlight: 64 });
    expect(mean(seen.ok.slice(FOUND_AFTER)) / cap).toBeGreaterThan(0.95);
    expect(refusedShare(seen)).toBeLessThan(0.1);
  });
});

test.each([0.16, 0.48, 0.64])(
  'a window that is met %f s after it opened misleads nobody: a second then holds twice the cap',
  async (into) => {
    for (const cap of [50, 200]) {
      const plan = capped(cap, 'fixed-window', { offsetMs: 1_000 * into });
      const seen = await simulate(plan, { seconds: 30, inFlight: 64 });
      expect(mean(seen.ok.slice(FOUND_AFTER)) / cap).toBeGreaterThan(0.95);
      expect(refusedShare(seen)).toBeLessThan(0.1);
    }
  },
);

test('caps drawn at random, at random latencies and numbers of workers, are found [the endpoint is used fully]', async () => {
  const random = mulberry32(20261121);
  const pick = (low: number, high: number) => low + (random.next() / 2 ** 32) * (high - low);
  for (let i = 0; i < 12; i += 1) {
    const cap = Math.round(Math.exp(pick(Math.log(10), Math.log(400))));
    const latencyMs = Math.round(pick(50, 1_500));
    const workers = 1 + (i % 4);
    // Enough in flight to exceed the cap about twice.
    const inFlight = Math.ceil((2 * cap * latencyMs) / 1_000 / workers) + 1;
    const kind = i % 2 === 0 ? 'fixed-window' : 'token-bucket';
    const seen = await simulate(capped(cap, kind, { latencyMs }), {
      seconds: 60,
      inFlight,
      workers,
      seed: i,
    });
    const what = `${kind} ${cap}/s, ${latencyMs} ms, ${workers} workers of ${inFlight}`;
    expect([what, mean(seen.ok.slice(15)) / cap > 0.9]).toEqual([what, true]);
    expect([what, refusedShare(seen) < 0.1]).toEqual([what, true]);
  }
});

test('noise is not mistaken for a cap: a tenth of refusals costs about a tenth', async () => {
  const plan: ServerPlan = { cap: NO_CAP, kind: 'fixed-window', noise: () => 0.1 };
  const seen = await simulate(plan, { seconds: 40, inFlight: 64 });
  const free = await simulate({ cap: NO_CAP, kind: 'fixed-window' }, { seconds: 40, inFlight: 64 });
  expect(sum(seen.ok) / (0.9 * sum(free.ok))).toBeGreaterThan(0.85);
});

test('a minute of heavy noise slows nothing down afterwards', async () => {
  const plan: ServerPlan = {
    cap: NO_CAP,
    kind: 'fixed-window',
    noise: (ms) => (ms < 60_000 ? 0.6 : 0),
  };
  const seen = await simulate(plan, { seconds: 75, inFlight: 64 });
  expect(mean(seen.ok.slice(65))).toBeGreaterThan(0.9 * 640);
});

test('a cap behind noise is still found', async () => {
  const seen = await simulate(capped(100, 'fixed-window', { noise: () => 0.1 }), {
    seconds: 60,
    inFlight: 64,
  });
  expect(mean(seen.ok.slice(10))).toBeGreaterThan(75);
  expect(refusedShare(seen)).toBeLessThan(0.3);
});

test.each(['fixed-window', 'token-bucket'] as const)(
  'a %s cap that halves and doubles is followed within ten seconds',
  async (kind) => {
    const plan: ServerPlan = { cap: (ms) => (ms >= 20_000 && ms < 40_000 ? 100 : 200), kind };
    const seen = await simulate(plan, { seconds: 60, inFlight: 64 });
    expect(Math.max(...seen.ok.slice(21, 30))).toBeGreaterThanOrEqual(0.9 * 100);
    expect(Math.max(...seen.ok.slice(40, 50))).toBeGreaterThanOrEqual(0.9 * 200);
    expect(mean(seen.ok.slice(50)) / 200).toBeGreaterThan(0.9);
  },
);

test('after an outage with nothing but refusals the old rate comes back', async () => {
  const plan: ServerPlan = {
    cap: (ms) => (ms >= 20_000 && ms < 40_000 ? 0 : 100),
    kind: 'token-bucket',
    retryAfterSeconds: 1,
  };
  const seen = await simulate(plan, { seconds: 70, inFlight: 64 });
  expect(mean(seen.ok.slice(50))).toBeGreaterThan(80);
  expect(sum(seen.limited.slice(25, 40))).toBeLessThan(100);
});

test('what the configuration allows is never exceeded by any number of workers', async () => {
  const free: ServerPlan = { cap: NO_CAP, kind: 'token-bucket' };
  const run = { seconds: 20, inFlight: 64, workers: 4 };
  const paced = await simulate(free, { ...run, ceilings: { requestsPerMinute: 1_200 } });
  expect(sum(paced.ok)).toBeLessThan(20 * 20 * 1.1);
  expect(sum(paced.ok)).toBeGreaterThan(20 * 20 * 0.9);
  const tokens = await simulate(free, { ...run, workers: 2, ceilings: { tokensPerMinute: 300_000 } });
  expect(sum(tokens.ok) * 100).toBeLessThan((300_000 / 60) * 20 * 1.15);
});

test('a cap on tokens that nobody was told of is found by its refusals', async () => {
  const plan: ServerPlan = { cap: NO_CAP, kind: 'token-bucket', tokensPerSecond: 5_000 };
  const seen = await simulate(plan, { seconds: 40, inFlight: 64 });
  expect(mean(seen.ok.slice(10))).toBeGreaterThan(45);
});

test('an unknown endpoint without limits is used fully within a second', async () => {
  const seen = await simulate({ cap: NO_CAP, kind: 'token-bucket' }, { seconds: 5, inFlight: 128 });
  expect(seen.ok[1]).toBeGreaterThan(1_200);
});

test('a server that queues is not flooded: more slots than bring more answers are not taken', async () => {
  const plan: ServerPlan = { cap: NO_CAP, kind: 'token-bucket', places: 4, latencyMs: 1_000 };
  const seen = await simulate(plan, { seconds: 30, inFlight: 256 });
  expect(sum(seen.ok.slice(0, 2))).toBeLessThanOrEqual(64);
});
