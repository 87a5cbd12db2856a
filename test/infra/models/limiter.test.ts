import { setMaxListeners } from 'node:events';
import { ENDPOINT_DEAD_MS, MODEL_GONE_MS } from '../../../core/story/limits';
import { LIMITED_RUN_MS, PROBE_PAUSE_MAX_MS, PROBE_PAUSE_MS } from '../../../infra/models/gate';
import { type CallEnd, Limiter, type Permit } from '../../../infra/models/limiter';
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

const OK: CallEnd = { kind: 'ok', headers: {}, tokens: 10 };
const fault = (verdict: typeof LIMITED): CallEnd => ({ kind: 'fault', verdict });
const never = new AbortController().signal;
setMaxListeners(0, never);
const wanted = { tenant: 't', job: 'a', tokens: 10, signal: never };

function open(slots: number, more: Partial<Parameters<Limiter['grant']>[0]> = {}) {
  const clock = manualClock();
  const limiter = new Limiter('m', clock);
  limiter.grant({ model: 'm', slots, perSecond: null, tokensPerSecond: null, gateMs: 0, share: 1, ...more });
  return { clock, limiter };
}

/** Asks for permits and tells which have been granted. */
function ask(limiter: Limiter, count: number, more: Partial<typeof wanted> = {}) {
  const granted: (Permit & { readonly index: number })[] = [];
  const asked = Array.from({ length: count }, (_, index) =>
    limiter.acquire({ ...wanted, ...more }).then((permit) => granted.push({ ...permit, index })),
  );
  return { granted, asked };
}

/** One call from permit to end. */
async function call(limiter: Limiter, how: CallEnd): Promise<void> {
  (await limiter.acquire(wanted)).end(how);
}

test('no more calls are under way than allowed, and they go first come, first served', async () => {
  const { limiter } = open(2);
  const { granted } = ask(limiter, 5);
  await settle();
  expect(granted.map((permit) => permit.index)).toEqual([0, 1]);
  granted[0]?.end(OK);
  granted[0]?.end(OK);
  await settle();
  expect(granted.map((permit) => permit.index)).toEqual([0, 1, 2]);
});

test('who stops waiting leaves the line at once and costs nobody a slot', async () => {
  const { limiter } = open(1);
  const first = ask(limiter, 1);
  const gone = new AbortController();
  const leaving = limiter.acquire({ ...wanted, signal: gone.signal });
  const last = ask(limiter, 1);
  gone.abort(new Error('stopped'));
  await expect(leaving).rejects.toThrow('stopped');
  await first.asked[0];
  first.granted[0]?.end(OK);
  await settle();
  expect(last.granted).toHaveLength(1);
});

test('nothing but refusals for a while closes the gate for as long as the provider asks', async () => {
  const { clock, limiter } = open(8);
  const { granted } = ask(limiter, 8);
  await settle();
  for (const permit of granted.slice(0, 4)) permit.end(fault(LIMITED));
  expect(limiter.gateMs()).toBe(0);
  await clock.pass(LIMITED_RUN_MS);
  granted[4]?.end(fault(LIMITED));
  expect(limiter.gateMs()).toBe(3_000);
  const later = ask(limiter, 1);
  await clock.pass(2_999);
  expect(later.granted).toHaveLength(0);
  await clock.pass(1);
  expect(later.granted).toHaveLength(1);
});

test('refusals among good answers are noise: only their own rows wait', async () => {
  const { clock, limiter } = open(4);
  for (let i = 0; i < 20; i += 1) {
    await call(limiter, fault(LIMITED));
    await clock.pass(LIMITED_RUN_MS);
    await call(limiter, OK);
  }
  expect(limiter.gateMs()).toBe(0);
});

test('a refused call keeps its slot as long as a good answer takes: refusals do not speed a worker up', async () => {
  const { clock, limiter } = open(1);
  const first = ask(limiter, 1);
  await clock.pass(80);
  first.granted[0]?.end(OK);
  const { granted } = ask(limiter, 2);
  await settle();
  granted[0]?.end(fault(LIMITED));
  await clock.pass(79);
  expect(granted).toHaveLength(1);
  await clock.pass(1);
  expect(granted).toHaveLength(2);
});

test('a rate lets calls go one by one, and what was never sent is given back', async () => {
  const { clock, limiter } = open(8, { perSecond: 10 });
  const { granted } = ask(limiter, 4);
  await settle();
  expect(granted).toHaveLength(1);
  await clock.pass(100);
  expect(granted).toHaveLength(2);
  granted[1]?.end({ kind: 'unsent' });
  await settle();
  expect(granted).toHaveLength(3);
  expect(limiter.report()).toMatchObject({ sent: 2, limited: 0 });
});

test('tokens are paced by what calls really use, not by the most they could', async () => {
  const { clock, limiter } = open(8, { tokensPerSecond: 100 });
  // Half of the most is expected at first; this call uses all of the bucket.
  await call(limiter, { ...OK, tokens: 100 });
  const { granted } = ask(limiter, 1, { tokens: 100 });
  await settle();
  expect(granted).toHaveLength(0);
  await clock.pass(600);
  expect(granted).toHaveLength(1);
});

test('a small job beside a large one gets every second slot', async () => {
  const { limiter } = open(1);
  const first = ask(limiter, 1);
  const large = ask(limiter, 50, { job: 'large' });
  const small = ask(limiter, 3, { job: 'small' });
  await settle();
  first.granted[0]?.end(OK);
  for (let served = 0; served < 6; served += 1) {
    await settle();
    [...large.granted, ...small.granted].forEach((permit) => permit.end(OK));
  }
  expect(small.granted).toHaveLength(3);
  expect(large.granted.length).toBeLessThanOrEqual(5);
});

test('tenants take turns before jobs do: many jobs of one tenant do not crowd out another', async () => {
  const { limiter } = open(1);
  const first = ask(limiter, 1);
  const crowd = ['a', 'b', 'c', 'd'].map((job) => ask(limiter, 3, { job }));
  const other = ask(limiter, 3, { tenant: 'other', job: 'x' });
  await settle();
  first.granted[0]?.end(OK);
  for (let served = 0; served < 6; served += 1) {
    await settle();
    [...crowd.flatMap((one) => one.granted), ...other.granted].forEach((permit) => permit.end(OK));
  }
  expect(other.granted).toHaveLength(3);
});

test('faults of single rows never close the gate', async () => {
  const { clock, limiter } = open(4);
  for (let i = 0; i < 50; i += 1) {
    await clock.pass(ENDPOINT_DEAD_MS);
    await call(limiter, fault(FAULTY_ROW));
  }
  expect(limiter.gateMs()).toBe(0);
  expect(limiter.isDown()).toBe(false);
});

test('only failures for a while: the endpoint is dead, one good answer before that clears it', async () => {
  const { clock, limiter } = open(4);
  for (const passed of [0, 4_000, 4_000]) {
    await clock.pass(passed);
    await call(limiter, fault(BROKEN));
  }
  await call(limiter, OK);
  await clock.pass(4_000);
  for (let i = 0; i < 5; i += 1) await call(limiter, fault(BROKEN));
  expect(limiter.isDown()).toBe(false);
  await clock.pass(ENDPOINT_DEAD_MS);
  await call(limiter, fault(BROKEN));
  expect(limiter.isDown()).toBe(true);
  expect(limiter.gateMs()).toBe(PROBE_PAUSE_MS);
});

test('a dead endpoint is probed by one call at a time, with growing pauses, and opens for all at the first answer', async () => {
  const { clock, limiter } = open(8);
  await call(limiter, fault(REFUSED));
  const { granted } = ask(limiter, 8);
  await clock.pass(PROBE_PAUSE_MS);
  expect(granted).toHaveLength(1);
  expect(limiter.gateMs()).toBeGreaterThan(0);
  granted[0]?.end(fault(REFUSED));
  await settle();
  expect(granted).toHaveLength(1);
  expect(limiter.gateMs()).toBe(2 * PROBE_PAUSE_MS);
  await clock.pass(2 * PROBE_PAUSE_MS);
  expect(granted).toHaveLength(2);
  granted[1]?.end(OK);
  await settle();
  expect(granted).toHaveLength(8);
});

test('a probe is in nobody’s way but the others’: it goes out however long the pauses have become', async () => {
  const { clock, limiter } = open(8);
  for (let probes = 0; probes < 8; probes += 1) {
    await call(limiter, fault(REFUSED));
    await clock.pass(limiter.gateMs());
  }
  await limiter.acquire(wanted);
  expect(limiter.gateMs(1)).toBe(0);
  expect(limiter.gateMs()).toBe(PROBE_PAUSE_MAX_MS);
});

test('an endpoint that stays dead is gone, and a later resume may find out for itself', async () => {
  const { clock, limiter } = open(2);
  await call(limiter, fault(REFUSED));
  expect(limiter.gone()).toBeUndefined();
  await clock.pass(MODEL_GONE_MS);
  await call(limiter, fault(REFUSED));
  expect(limiter.gone()).toMatch(/15 minutes; the last fault: .*ECONNREFUSED/);
  await clock.pass(limiter.gateMs());
  expect(limiter.gone()).toBeUndefined();
});

test('a call that was never sent leaves no trace, also when it is given back after a report', async () => {
  const { limiter } = open(2);
  const permit = await limiter.acquire(wanted);
  expect(limiter.report().sent).toBe(1);
  permit.end({ kind: 'unsent' });
  expect(limiter.isIdle).toBe(true);
  expect(limiter.report().sent).toBe(0);
});

test('a gate that another worker shut opens with its good answer, and does not keep itself shut by being told on', async () => {
  const { clock, limiter } = open(2, { gateMs: 60_000 });
  expect(limiter.gateMs()).toBe(60_000);
  await clock.pass(200);
  expect(limiter.report().gateMs).toBe(0);
  limiter.grant({ model: 'm', slots: 2, perSecond: null, tokensPerSecond: null, share: 1, gateMs: 0 });
  expect(limiter.gateMs()).toBe(0);
});
