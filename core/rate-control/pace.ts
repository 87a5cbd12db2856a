/**
 * Finds how many calls a second a provider takes, from two counts: calls sent, and calls answered with 429. A share of
 * 429s alone does not tell a cap from noise, so the law asks the provider: it slows down for a second and looks again.
 * Behind a cap the 429s are gone; noise does not care. See docs/decisions/007-rate-control.md.
 */

/** What was sent since the last look, and how much of it was refused for its rate. */
export interface Tally {
  readonly sent: number;
  readonly limited: number;
}

interface Slice extends Tally {
  readonly atMs: number;
}

export interface Pace {
  /** open: only slots limit. testing: slowed down to see whether the 429s go. paced: a cap is known. */
  readonly phase: 'open' | 'testing' | 'paced';
  /** Calls a second that may be sent; null where nothing is known against it. */
  readonly perSecond: number | null;
  /** The share of calls that is refused at any rate. */
  readonly noise: number;
  /** By which share a paced rate grows after the next clean interval. */
  readonly growth: number;
  /** Cuts in a row that have not cleared the 429s. */
  readonly cuts: number;
  /** Counted since `fromMs`; what came earlier belongs to an older rate. */
  readonly interval: Slice;
  /** The last second in slices. */
  readonly recent: readonly Slice[];
  /** The last rate that was clean: where to go back to after an outage. */
  readonly clean: number;
  /** True where everything was refused for a while: a fixed window that was used up, whose end is to be waited for. */
  readonly windowed: boolean;
  /** What was seen before the running test. */
  readonly before: { readonly share: number; readonly perSecond: number | null; readonly goodput: number };
  readonly testedAtMs: number;
  /** How long what a test said about noise is believed; doubles when the next test says the same. */
  readonly testEveryMs: number;
}

const SLICE_MS = 100;
const SECOND_MS = 1_000;
/** An interval lasts a second and this many calls, or as long as INTERVAL_MAX_MS. */
const INTERVAL_CALLS_MIN = 20;
const INTERVAL_MAX_MS = 5_000;
/** After a change of rate, answers to calls of the old rate still come for this long. */
const SETTLE_MS = 200;
/** A window of the provider that is used up refuses everything until it ends: a test gives it this long. */
const TEST_MAX_MS = 2_200;
const TEST_CALLS_MIN = 8;
const TEST_CALLS_MANY = 60;
/** A test sends at least this much: it could not tell anything any more. */
const TEST_PER_SECOND_MIN = 4;
const NEWEST_SHARE = 0.7;
/** The law never sends less than this: it could not learn any more. */
const PER_SECOND_MIN = 1;
/** A test runs at this share of what got through before. */
const TEST_RATE_SHARE = 0.7;
/** One second may hold two windows of the provider, so that twice the cap got through: the first test is below it for sure. */
const TEST_RATE_SHARE_FIRST = 0.5;
/** Between the two: where the search begins behind a window. */
const WINDOWED_SHARE = 0.75;
/** A look with so many calls, all of them refused, has met a window that was used up; fewer will do below the cap. */
const WINDOWED_CALLS_MIN = 20;
const WINDOWED_CALLS_MIN_TESTING = 5;
/** A cap it was, when the test clears away more than the rest of the refusals. */
const TEST_CLEARED_SHARE = 0.4;
/** Noise is tested again, first after this long: a cap may hide in it. */
const NOISE_TEST_FIRST_MS = 8_000;
const NOISE_TEST_MAX_MS = 120_000;
/** A cut aims a little below what got through, so that the next interval is clean. */
const CUT_SHARE = 0.98;
const CUTS_MAX = 1;
/** A cut is not judged before a window of the provider that was used up has ended. */
const CUT_SETTLE_MS = 700;
const GROWTH_FIRST = 0.01;
const GROWTH_MAX = 0.3;
/** Until a cap has been met from below, what is known of it comes from a burst: the rate then grows fast. */
const GROWTH_SEEKING = 0.75;
const SEEKING_INTERVAL_MS = 500;
const SEEKING_CALLS_MIN = 2;
/** After an outage the rate starts again at this share of what was clean before. */
const RETURN_SHARE = 0.5;
/** So little got through that it was an outage, and no lower cap. */
const OUTAGE_SHARE = 0.2;
/** A rate that is used less than this is not what limits. */
const BINDING_SHARE = 0.85;
const MARGIN_MIN = 0.02;
const SHARE_MAX = 0.95;
const LIMITED_MIN = 3;
/** More refusals in one look than a tenth of noise brings by chance are urgent; fewer are judged when a good rate is known. */
const USUAL_NOISE = 0.1;
const URGENT_DEVIATIONS = 3;
const PATIENT_MS = 2_000;
const LIMITED_MIN_PACED = 2;
/** How fast a share below the known noise lowers it. */
const NOISE_DECAY = 0.3;
/** A look this late says nothing of the time before: the process slept, or the clock jumped. */
const STALE_MS = 15_000;
const STEADY = { calls: INTERVAL_CALLS_MIN, lastsMs: SECOND_MS };
const SEEKING = { calls: SEEKING_CALLS_MIN, lastsMs: SEEKING_INTERVAL_MS };

const NOTHING = { share: 0, perSecond: null, goodput: 0 } as const;

/** A provider that nothing is known of. */
export function openPace(nowMs: number): Pace {
  return {
    phase: 'open',
    perSecond: null,
    noise: 0,
    growth: GROWTH_SEEKING,
    cuts: 0,
    interval: { atMs: nowMs, sent: 0, limited: 0 },
    recent: [],
    clean: 0,
    windowed: false,
    before: NOTHING,
    testedAtMs: nowMs,
    testEveryMs: NOISE_TEST_FIRST_MS,
  };
}

/** What is known of the provider after one more look. Pure; equal looks give equal rates. */
export function advancePace(pace: Pace, tally: Tally, nowMs: number): Pace {
  const seen = note(pace, tally, nowMs);
  switch (seen.phase) {
    case 'open':
      return lookWhileOpen(seen, nowMs);
    case 'testing':
      return lookWhileTesting(seen, nowMs);
    case 'paced':
      return lookWhilePaced(seen, nowMs);
  }
}

function note(pace: Pace, { sent, limited }: Tally, nowMs: number): Pace {
  const last = pace.recent.at(-1);
  const gapMs = nowMs - (last?.atMs ?? pace.interval.atMs);
  const stale = gapMs > STALE_MS || gapMs < -SECOND_MS;
  const kept = stale ? [] : pace.recent.filter(({ atMs }) => atMs > nowMs - SECOND_MS);
  const joins = last !== undefined && !stale && nowMs - last.atMs < SLICE_MS;
  const recent = joins
    ? [...kept.slice(0, -1), { atMs: last.atMs, sent: last.sent + sent, limited: last.limited + limited }]
    : [...kept, { atMs: nowMs, sent, limited }];
  const settling = nowMs < pace.interval.atMs && !stale;
  const { interval } = pace;
  const refusedMin = pace.phase === 'testing' && !settling ? WINDOWED_CALLS_MIN_TESTING : WINDOWED_CALLS_MIN;
  return {
    ...pace,
    recent,
    windowed: pace.windowed || (limited >= sent && sent >= refusedMin),
    interval: stale
      ? { atMs: nowMs, sent: 0, limited: 0 }
      : settling
        ? interval
        : { atMs: interval.atMs, sent: interval.sent + sent, limited: interval.limited + limited },
  };
}

function lookWhileOpen(pace: Pace, nowMs: number): Pace {
  const seen = sum(pace.recent);
  const share = refusedShare(seen);
  const excess = share - pace.noise;
  const newest = pace.recent.at(-1) ?? seen;
  const urgent =
    isUrgent(newest, Math.max(USUAL_NOISE, pace.noise)) || nowMs - pace.interval.atMs > PATIENT_MS;
  const more = urgent && excess > margin(pace.noise, seen.sent);
  if (seen.limited >= LIMITED_MIN && (more || noiseIsDue(pace, nowMs)))
    return test(pace, share, passed(seen), nowMs);
  return isOver(pace.interval, nowMs, { calls: INTERVAL_CALLS_MIN, lastsMs: PATIENT_MS + SECOND_MS })
    ? restart(quieter(pace, pace.interval), nowMs)
    : pace;
}

function isUrgent({ sent, limited }: Tally, noise: number): boolean {
  const chance = URGENT_DEVIATIONS * Math.sqrt(noise * (1 - noise) * sent);
  return limited >= LIMITED_MIN && limited > noise * sent + chance;
}

function noiseIsDue({ noise, testedAtMs, testEveryMs }: Pace, nowMs: number): boolean {
  return noise > MARGIN_MIN && nowMs - testedAtMs > testEveryMs;
}

const restart = (pace: Pace, nowMs: number): Pace => ({
  ...pace,
  interval: { atMs: nowMs, sent: 0, limited: 0 },
});

/** Slows down: refusals that come from a cap will be gone. */
function test(pace: Pace, share: number, goodput: number, nowMs: number): Pace {
  const isFirst = pace.perSecond === null && pace.noise === 0;
  return {
    ...pace,
    phase: 'testing',
    before: { share, goodput, perSecond: pace.perSecond },
    perSecond: Math.max(TEST_PER_SECOND_MIN, goodput * (isFirst ? TEST_RATE_SHARE_FIRST : TEST_RATE_SHARE)),
    interval: { atMs: nowMs + SETTLE_MS, sent: 0, limited: 0 },
    testedAtMs: nowMs,
    cuts: 0,
  };
}

/** The last second decides: as soon as it is clean it was a cap, and noise when it never gets clean. */
function lookWhileTesting(pace: Pace, nowMs: number): Pace {
  const lastedMs = nowMs - pace.interval.atMs;
  if (lastedMs < SECOND_MS || (pace.interval.sent < TEST_CALLS_MIN && lastedMs < INTERVAL_MAX_MS))
    return pace;
  const { before, noise } = pace;
  const second = sum(pace.recent);
  const seen = second.sent >= TEST_CALLS_MIN ? second : pace.interval;
  // Calls take so long that none could be sent: nothing has been learned yet.
  if (seen.sent === 0) return restart(pace, nowMs);
  // Nothing gets through at all: neither noise nor a cap, but an outage. Ask gently until it ends.
  if (passed(seen) === 0) return { ...restart(pace, nowMs), perSecond: PER_SECOND_MIN };
  const share = refusedShare(seen);
  const cleared = share - noise < TEST_CLEARED_SHARE * (before.share - noise);
  if (cleared) return capFound(pace, noiseLeft(pace.recent), nowMs);
  // A window that is used up refuses everything: where many calls did not meet one, there is nothing to wait for.
  const mayBeWindow = pace.windowed || seen.sent < TEST_CALLS_MANY;
  if (mayBeWindow && lastedMs < TEST_MAX_MS) return pace;
  // As many are refused as before: it is noise. Go on as before, and expect it.
  const again = noise > MARGIN_MIN ? Math.min(NOISE_TEST_MAX_MS, 2 * pace.testEveryMs) : NOISE_TEST_FIRST_MS;
  return {
    ...restart(pace, nowMs),
    phase: before.perSecond === null ? 'open' : 'paced',
    perSecond: before.perSecond,
    noise: share,
    testEveryMs: again,
  };
}

/** What the newest calls still meet when the cap is out of the way; the older ones may have met the end of a window. */
function noiseLeft(recent: readonly Slice[]): number {
  const newest = sum(recent.slice(-Math.ceil(recent.length * NEWEST_SHARE)));
  const share = refusedShare(newest);
  return share > margin(0, newest.sent) ? share : 0;
}

function capFound(pace: Pace, noise: number, nowMs: number): Pace {
  const { goodput, perSecond } = pace.before;
  const aim = perSecond === null && pace.windowed ? WINDOWED_SHARE : CUT_SHARE;
  return {
    ...restart(pace, nowMs),
    phase: 'paced',
    noise,
    testEveryMs: NOISE_TEST_FIRST_MS,
    growth: perSecond === null || goodput < OUTAGE_SHARE * pace.clean ? GROWTH_SEEKING : GROWTH_FIRST,
    perSecond: Math.max(PER_SECOND_MIN, (goodput / (1 - noise)) * aim),
  };
}

function lookWhilePaced(pace: Pace, nowMs: number): Pace {
  // Behind a window less than a second says nothing: all of it may get through, or nothing.
  const seeking = pace.growth >= GROWTH_SEEKING && !pace.windowed;
  if (!isOver(pace.interval, nowMs, seeking ? SEEKING : STEADY)) return pace;
  const { interval, noise } = pace;
  const seconds = Math.max(nowMs - interval.atMs, 1) / SECOND_MS;
  const share = refusedShare(interval);
  // Half a second may lie in one window of the provider: what got through is then counted over a whole one.
  const counted = seconds < 1 ? sum(pace.recent) : interval;
  const goodput = passed(counted) / Math.max(seconds, 1);
  if (noiseIsDue(pace, nowMs) && interval.limited >= LIMITED_MIN_PACED)
    return test(pace, share, goodput, nowMs);
  const next = restart(pace, nowMs);
  if (interval.limited < LIMITED_MIN_PACED || share <= noise + margin(noise, interval.sent))
    return grow(quieter(next, interval), interval.sent / seconds);
  if (pace.cuts >= CUTS_MAX) return test(pace, share, goodput, nowMs);
  const cut = Math.max(PER_SECOND_MIN, (goodput / (1 - noise)) * CUT_SHARE);
  const now = pace.perSecond ?? cut;
  const growth = goodput < OUTAGE_SHARE * now ? GROWTH_SEEKING : GROWTH_FIRST;
  return {
    ...restart(pace, nowMs + CUT_SETTLE_MS),
    cuts: pace.cuts + 1,
    growth,
    perSecond: Math.min(now, cut),
  };
}

/** Gently at first, then twice as fast with every clean interval, so that a cap that was raised is found in seconds. */
function grow(pace: Pace, sentPerSecond: number): Pace {
  const now = pace.perSecond ?? sentPerSecond;
  // A rate that nobody uses is not confirmed, and not forgotten.
  if (sentPerSecond < BINDING_SHARE * now) return { ...pace, cuts: 0 };
  if (pace.growth >= GROWTH_SEEKING)
    return {
      ...pace,
      cuts: 0,
      clean: Math.max(pace.clean, now),
      perSecond: Math.max(now * (1 + pace.growth), pace.clean * RETURN_SHARE),
    };
  return {
    ...pace,
    cuts: 0,
    clean: now,
    perSecond: now * (1 + pace.growth),
    growth: Math.min(GROWTH_MAX, pace.growth * 2),
  };
}

/** Noise that has become less is believed at once; noise that has become more needs a test. */
function quieter(pace: Pace, seen: Tally): Pace {
  const share = refusedShare(seen);
  if (share >= pace.noise - margin(pace.noise, seen.sent)) return pace;
  return { ...pace, noise: pace.noise + NOISE_DECAY * (share - pace.noise) };
}

const passed = ({ sent, limited }: Tally): number => Math.max(0, sent - limited);

/** Refusals of older calls may come when little is sent any more: the share stays one. */
function refusedShare({ sent, limited }: Tally): number {
  return Math.min(SHARE_MAX, limited / Math.max(1, sent));
}

/** How far a share may lie above the noise by chance: two deviations of as many calls. */
function margin(noise: number, sent: number): number {
  const expected = Math.max(noise, MARGIN_MIN);
  return Math.max(MARGIN_MIN, 2 * Math.sqrt((expected * (1 - expected)) / Math.max(1, sent)));
}

function isOver({ atMs, sent }: Slice, nowMs: number, { calls, lastsMs } = STEADY): boolean {
  const lastedMs = nowMs - atMs;
  return (lastedMs >= lastsMs && sent >= calls) || lastedMs >= INTERVAL_MAX_MS;
}

function sum(slices: readonly Slice[]): Tally {
  let [sent, limited] = [0, 0];
  for (const slice of slices) {
    sent += slice.sent;
    limited += slice.limited;
  }
  return { sent, limited };
}
