/** Refusals that mean nothing: some calls get a 429 at random, and then for a minute most of them do. */
import { setTimeout as delay } from 'node:timers/promises';
import { runBare } from './support/bare.mjs';
import { atLeast, exactly, percent, table } from './support/bars.mjs';
import { clientsTable, collect, runClients } from './support/comparison.mjs';
import { CONTENT, jobOf, REQUEST, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { runOurs, withoutTimeline } from './support/ours.mjs';
import { startStack } from './support/stack.mjs';
import { median, spread } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';
import { answeredBySecond, reachedAtMs, recoveryMs } from './support/timeline.mjs';

const LATENCY_MS = 100;
const IN_FLIGHT = 64;
/** The last rows wait out one Retry-After after another: in a short run that would be most of what is measured. */
const TIMES_LONGER = 3;
const NOISE = { shares: { 429: 0.1 }, retryAfterSeconds: 1 };
/** Every refused call has to be made again: this share of the bare loop is what nobody can beat. */
const IDEAL = 1 - NOISE.shares[429];
const OF_IDEAL_MIN = 0.8;
const STORM = { shares: { 429: 0.6 }, retryAfterSeconds: 1 };
const STORM_RUNS_MAX = 2;
const RECOVERED_SHARE = 0.9;
const START_MS = 30_000;
/** What the rows that the storm has left may take. */
const STORM_AFTER_SECONDS_MAX = 180;
const POLL_MS = 20;

const stormSeconds = ({ quick }) => (quick ? 10 : 60);
const stormRuns = ({ runs }) => Math.min(runs, STORM_RUNS_MAX);
/** Enough that it cannot end before the storm does, and goes on for a while after it. */
const stormCalls = (options) =>
  wholeCalls(((IN_FLIGHT * 1000) / LATENCY_MS) * (stormSeconds(options) * (1 - STORM.shares[429]) + 10));

export function estimateSeconds(options) {
  const { runs, seconds, clients } = options;
  return (
    15 +
    runs * (2 + clients.length) * (TIMES_LONGER * seconds + 4) +
    stormRuns(options) * (stormSeconds(options) + 20)
  );
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(LATENCY_MS);
  const calls = wholeCalls((TIMES_LONGER * options.seconds * IN_FLIGHT * 1000) / LATENCY_MS);
  const numbers = {
    latencyMs: LATENCY_MS,
    inFlight: IN_FLIGHT,
    calls,
    bare: [],
    ours: [],
    clients: {},
    storms: [],
  };
  try {
    await steps.run('noise', () => measure(mock, numbers, options, steps));
    return {
      markdown: render(numbers, options) + steps.report(),
      numbers,
      bars: barsOf(numbers, options),
      failed: steps.failed,
    };
  } finally {
    mock.stop();
  }
}

async function measure(mock, found, options, steps) {
  const { calls } = found;
  const deadlineMs = 60_000 + 20_000 * TIMES_LONGER * options.seconds;
  const stack = await startStack(mock);
  try {
    await stack.runJob(jobOf({ name: 'warm-up', calls: 1_000, concurrency: IN_FLIGHT }), START_MS);
    for (let at = 1; at <= options.runs; at += 1) {
      const name = `noise ${at}`;
      const work = { inFlight: IN_FLIGHT, calls, run: name, deadlineMs };
      const request = { content: CONTENT, ...REQUEST };
      const bare = await steps.run(`${name} bare, no 429s`, () => runBare(mock, { ...work, request }));
      const body = jobOf({ name, calls, concurrency: IN_FLIGHT, model: stack.freshModel() });
      const ours = await steps.run(`${name} ours`, () =>
        runOurs(mock, stack, { body, ...work, faults: NOISE }),
      );
      if (bare && ours) {
        found.bare.push(bare);
        found.ours.push(withoutTimeline(ours));
      }
      collect(found.clients, await runClients(mock, options.clients, steps, { ...work, faults: NOISE }));
    }
    const rate = RECOVERED_SHARE * (median(rates(found.bare)) ?? (IN_FLIGHT * 1000) / LATENCY_MS);
    for (let at = 1; at <= stormRuns(options); at += 1) {
      const storm = await steps.run(`storm ${at}`, () => runStorm(mock, stack, { at, rate, options }));
      if (storm) found.storms.push(storm);
    }
  } finally {
    await stack.stop();
  }
}

async function runStorm(mock, stack, { at, rate, options }) {
  const calls = stormCalls(options);
  await mock.begin(STORM);
  const body = jobOf({ name: `storm ${at}`, calls, concurrency: IN_FLIGHT, model: stack.freshModel() });
  const id = await stack.submit(body);
  try {
    const end = performance.now() + START_MS;
    while ((await mock.stats()).requests === 0) {
      if (performance.now() > end)
        throw new Error(`job: expected a call within ${START_MS / 1000} s, got none`);
      await delay(POLL_MS);
    }
    await delay(1000 * stormSeconds(options));
    const { atMs } = await mock.control({ faults: {} });
    const job = await stack.waitFor(
      id,
      ['succeeded'],
      1000 * (stormSeconds(options) + STORM_AFTER_SECONDS_MAX),
    );
    const stats = await mock.history();
    const fromMs = atMs - stats.timeline.fromMs;
    // Near its end a job has fewer calls open than slots.
    const toMs = reachedAtMs(stats.timeline, calls - IN_FLIGHT);
    return {
      calls,
      lost: calls - job.rows.accepted - job.rows.rejected - job.rows.failed,
      failed: job.rows.failed,
      accepted: job.rows.accepted,
      paidTwice: stats.repeated,
      limitedShare: (stats.byStatus['429'] ?? 0) / stats.requests,
      recoveryMs: recoveryMs(stats.timeline, { fromMs, toMs, rate }),
      bySecond: answeredBySecond(stats.timeline),
    };
  } catch (error) {
    await stack.cancel(id).catch(() => undefined);
    throw error;
  } finally {
    await mock.begin();
  }
}

const rates = (runs) => runs.map(({ rowsPerSecond }) => rowsPerSecond);
const ofIdeal = ({ bare, ours }) => median(rates(ours)) / (IDEAL * median(rates(bare)));
const most = (runs, pick) => (runs.length > 0 ? Math.max(...runs.map(pick)) : undefined);

function barsOf(numbers, options) {
  const { storms } = numbers;
  const storm = `of ${stormCalls(options)} while 60 % of the calls are refused for ${stormSeconds(options)} s`;
  return [
    atLeast(
      `rows/s with 10 % random 429s, of ${IDEAL} × the bare loop without`,
      ofIdeal(numbers),
      OF_IDEAL_MIN,
      percent,
    ),
    exactly(
      `rows lost ${storm}`,
      most(storms, ({ lost }) => lost),
      0,
    ),
    exactly(
      `rows failed ${storm}`,
      most(storms, ({ failed }) => failed),
      0,
    ),
  ];
}

function render(numbers, options) {
  const { bare, ours, clients, calls, inFlight, storms } = numbers;
  const base = IDEAL * (median(rates(bare)) ?? 0);
  const limited = spread(
    ours.map((one) => (100 * one.limited) / one.requests),
    1,
  );
  const ratio = ours.length > 0 ? percent(ofIdeal(numbers)) : 'failed';
  const head = [
    'in flight',
    'rows',
    'bare without 429s, rows/s',
    'ours, rows/s',
    `ratio to ${IDEAL} × bare`,
    '429s, % of calls',
  ];
  const stormRows = storms.map((one) => [
    one.calls,
    one.accepted,
    one.failed,
    one.lost,
    one.paidTwice,
    percent(one.limitedShare),
    one.recoveryMs === undefined ? 'not before the end' : (one.recoveryMs / 1000).toFixed(1),
  ]);
  const stormHead = [
    'rows',
    'accepted',
    'failed',
    'lost',
    'answers paid twice',
    '429s of calls',
    `s to ${RECOVERED_SHARE * 100} % of bare`,
  ];
  return `## Random 429s

${table(head, [[inFlight, calls, spread(rates(bare)), spread(rates(ours)), ratio, limited]])}
${clientsTable(clients, base)}
10 % of the calls, drawn at random, get 429 with Retry-After ${NOISE.retryAfterSeconds}; a provider that was never called before in every run.
Median (lowest–highest) of ${options.runs} runs.

60 % of the calls for ${stormSeconds(options)} s, then none:

${storms.length > 0 ? table(stormHead, stormRows) : 'Not measured.'}
`;
}
