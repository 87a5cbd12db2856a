import { ENDPOINT_DEAD_MS, MODEL_GONE_MS } from '../../../core/story/limits';
import { PROBE_PAUSE_MS } from '../../../infra/models/gate';
import { fixedConcurrency, type Limiter, type Permit } from '../../../infra/models/limiter';
import { judge } from '../../../infra/models/verdict';

const LIMITED = judge({ status: 429, headers: { 'retry-after': '3' }, message: 'limit' });
const BROKEN = judge({ status: 500, message: 'broken' });
const REFUSED = judge({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' });
const FAULTY_ROW = judge({ status: 400, message: 'bad row' });

/** A clock that moves only when told, and the wake-ups that fall due on the way. */
function manualClock() {
  let nowMs = 0;
  let alarms: { dueMs: number; run: () => void }[] = [];
  return {
    now: () => nowMs,
    after: (ms: number, run: () => void) => {
      const alarm = { dueMs: nowMs + ms, run };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((one) => one !== alarm);
      };
    },
    pass: async (ms: number) => {
      nowMs += ms;
      const due = alarms.filter((alarm) => alarm.dueMs <= nowMs);
      alarms = alarms.filter((alarm) => alarm.dueMs > nowMs);
      for (const alarm of due) alarm.run();
      await settle();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function open(concurrencyMax: number) {
  const clock = manualClock();
  const limiter = fixedConcurrency({ concurrencyMax, now: clock.now, after: clock.after });
  return { clock, limiter };
}

/** Asks for permits and tells which have been granted. */
function ask(limiter: Limiter, count: number, signal = new AbortController().signal) {
  const granted: (Permit & { readonly index: number })[] = [];
  const asked = Array.from({ length: count }, (_, index) =>
    limiter.acquire({ tokens: 1, signal }).then((permit) => granted.push({ ...permit, index })),
  );
  return { granted, asked };
}

test('no more calls are under way than allowed, and they go first come, first served', async () => {
  const { limiter } = open(2);
  const { granted } = ask(limiter, 5);
  await settle();
  expect(granted.map((permit) => permit.index)).toEqual([0, 1]);
  granted[0]?.release();
  granted[0]?.release();
  await settle();
  expect(granted.map((permit) => permit.index)).toEqual([0, 1, 2]);
});

test('who stops waiting leaves the line at once and costs nobody a slot', async () => {
  const { limiter } = open(1);
  const first = ask(limiter, 1);
  const gone = new AbortController();
  const leaving = limiter.acquire({ tokens: 1, signal: gone.signal });
  const last = ask(limiter, 1);
  gone.abort(new Error('stopped'));
  await expect(leaving).rejects.toThrow('stopped');
  await first.asked[0];
  first.granted[0]?.release();
  await settle();
  expect(last.granted).toHaveLength(1);
});

test('a provider-wide limit closes the gate for as long as the provider asks', async () => {
  const { clock, limiter } = open(4);
  limiter.note(LIMITED);
  expect(limiter.gateMs()).toBe(3_000);
  const { granted } = ask(limiter, 2);
  await clock.pass(2_999);
  expect(granted).toHaveLength(0);
  await clock.pass(1);
  expect(granted).toHaveLength(2);
  expect(limiter.gateMs()).toBe(0);
});

test('one 429 among many good answers is noise: only its own row waits', () => {
  const { limiter } = open(4);
  for (let call = 0; call < 20; call += 1) limiter.note('ok');
  limiter.note(LIMITED);
  expect(limiter.gateMs()).toBe(0);
  for (let call = 0; call < 10; call += 1) limiter.note(LIMITED);
  expect(limiter.gateMs()).toBe(3_000);
});

test('faults of single rows never close the gate', async () => {
  const { clock, limiter } = open(4);
  for (let call = 0; call < 50; call += 1) {
    await clock.pass(ENDPOINT_DEAD_MS);
    limiter.note(FAULTY_ROW);
  }
  expect(limiter.gateMs()).toBe(0);
  expect(limiter.isDown()).toBe(false);
});

test('only failures for a while: the endpoint is dead, one good answer before that clears it', async () => {
  const { clock, limiter } = open(4);
  for (const passed of [0, 4_000, 4_000]) {
    await clock.pass(passed);
    limiter.note(BROKEN);
  }
  limiter.note('ok');
  await clock.pass(4_000);
  for (let call = 0; call < 5; call += 1) limiter.note(BROKEN);
  expect(limiter.isDown()).toBe(false);
  await clock.pass(ENDPOINT_DEAD_MS);
  limiter.note(BROKEN);
  expect(limiter.isDown()).toBe(true);
  expect(limiter.gateMs()).toBe(PROBE_PAUSE_MS);
});

test('a dead endpoint is probed by one call at a time, with growing pauses, and opens for all at the first answer', async () => {
  const { clock, limiter } = open(8);
  limiter.note(REFUSED);
  const { granted } = ask(limiter, 8);
  await clock.pass(PROBE_PAUSE_MS);
  expect(granted).toHaveLength(1);
  expect(limiter.gateMs()).toBeGreaterThan(0);
  // As the broker does: the slot goes back first, the verdict follows.
  granted[0]?.release();
  await settle();
  expect(granted).toHaveLength(1);
  limiter.note(REFUSED);
  expect(limiter.gateMs()).toBe(2 * PROBE_PAUSE_MS);
  await clock.pass(2 * PROBE_PAUSE_MS);
  expect(granted).toHaveLength(2);
  limiter.note('ok');
  await settle();
  expect(granted).toHaveLength(8);
});

test('an endpoint that stays dead is gone, and a later resume may find out for itself', async () => {
  const { clock, limiter } = open(2);
  limiter.note(REFUSED);
  expect(limiter.gone()).toBeUndefined();
  await clock.pass(MODEL_GONE_MS);
  const { granted } = ask(limiter, 1);
  await settle();
  granted[0]?.release();
  limiter.note(REFUSED);
  expect(limiter.gone()).toMatch(/15 minutes; the last fault: .*ECONNREFUSED/);
  await clock.pass(limiter.gateMs());
  expect(limiter.gone()).toBeUndefined();
});
