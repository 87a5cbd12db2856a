/** An endpoint with a cap that nobody told us: how much of it is used, how politely, and how fast a new one is found. */
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, percent, seconds, table } from './support/bars.mjs';
import { clientsTable, collect, runClients } from './support/comparison.mjs';
import { jobOf, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { runOurs, withoutTimeline } from './support/ours.mjs';
import { startStack } from './support/stack.mjs';
import { median, spreadOf } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';
import { answeredBySecond, recoveryMs, steadyRate } from './support/timeline.mjs';

const LATENCY_MS = 100;
const IN_FLIGHT = 64;
const CAPS = [50, 200];
const KINDS = ['fixed-window', 'token-bucket'];
const RETRY_AFTER_SECONDS = 1;
/** What an unknown endpoint may cost to get to know. */
const LEARN_MS = 5_000;
const MEASURED_SECONDS = 25;
/** A job, or another client, that needs longer than this is ended and judged by what it did. */
const DEADLINE_MS = 60_000;
const USED_MIN = 0.95;
const LIMITED_MAX = 0.1;

const CHANGED_CAP = 200;
/** How long the cap is what it was, half of it, and what it was again. */
const PHASES_SECONDS = [8, 14, 14];
const RECOVERED_SHARE = 0.9;
const RECOVERY_MAX_MS = 10_000;
const CHANGE_RUNS_MAX = 2;
const POLL_MS = 20;
const START_MS = 30_000;

const variants = CAPS.flatMap((cap) =>
  KINDS.flatMap((kind) => [true, false].map((retryAfter) => ({ cap, kind, retryAfter }))),
);
const nameOf = ({ cap, kind, retryAfter }) =>
  `${cap}/s ${kind}, ${retryAfter ? 'with' : 'without'} Retry-After`;
const faultsOf = ({ cap, kind, retryAfter }) => ({
  requestsPerSecondMax: cap,
  capKind: kind,
  ...(retryAfter ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {}),
});
const chosen = ({ quick }) => (quick ? variants.filter((_, at) => at === 1 || at === 6) : variants);
const changeRuns = ({ runs }) => Math.min(runs, CHANGE_RUNS_MAX);

export function estimateSeconds(options) {
  const each = LEARN_MS / 1000 + MEASURED_SECONDS + 1.5;
  const changes = KINDS.length * changeRuns(options) * (PHASES_SECONDS.reduce((sum, one) => sum + one) + 4);
  return 15 + chosen(options).length * options.runs * each * (1 + options.clients.length) + changes;
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(LATENCY_MS);
  const numbers = { latencyMs: LATENCY_MS, inFlight: IN_FLIGHT, variants: [], changes: [] };
  try {
    await steps.run('cap', () => measure(mock, numbers, options, steps));
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
  const stack = await startStack(mock);
  try {
    await stack.runJob(jobOf({ name: 'warm-up', calls: 1_000, concurrency: IN_FLIGHT }), START_MS);
    for (const variant of chosen(options)) found.variants.push({ ...variant, ours: [], clients: {} });
    // Round by round, so that a machine that changes its speed does so for every variant.
    for (let at = 1; at <= options.runs; at += 1)
      for (const variant of found.variants)
        await measureVariant(mock, stack, { variant, at }, options, steps);
    for (const kind of KINDS) {
      const runs = [];
      for (let at = 1; at <= changeRuns(options); at += 1) {
        const one = await steps.run(`change ${kind} ${at}`, () => runChange(mock, stack, kind, at));
        if (one) runs.push(one);
      }
      found.changes.push({ kind, runs });
    }
  } finally {
    await stack.stop();
  }
}

async function measureVariant(mock, stack, { variant, at }, { clients }, steps) {
  const { cap } = variant;
  const calls = wholeCalls(cap * (LEARN_MS / 1000 + MEASURED_SECONDS));
  const run = `cap ${nameOf(variant)} ${at}`;
  const work = { calls, inFlight: IN_FLIGHT, run, faults: faultsOf(variant), deadlineMs: DEADLINE_MS };
  const ours = await steps.run(run, async () => {
    const body = jobOf({ name: run, calls, concurrency: IN_FLIGHT, model: stack.freshModel() });
    return evaluate(await runOurs(mock, stack, { body, ...work, mayBeLate: true }), { calls, cap });
  });
  if (ours) variant.ours.push(withoutTimeline(ours));
  const turn = await runClients(mock, clients, steps, work);
  for (const [name, one] of Object.entries(turn)) turn[name] = evaluate(one, { calls, cap });
  collect(variant.clients, turn);
}

function evaluate(one, { calls, cap }) {
  const steady = steadyRate(one.timeline, { skipMs: LEARN_MS, calls, inFlight: IN_FLIGHT });
  return {
    ...one,
    used: steady === undefined ? 0 : steady / cap,
    limitedShare: one.requests > 0 ? one.limited / one.requests : 0,
  };
}

/** A job longer than the phases, which is ended after the last of them. */
async function runChange(mock, stack, kind, at) {
  const total = PHASES_SECONDS.reduce((sum, one) => sum + one);
  const calls = wholeCalls(2 * CHANGED_CAP * total);
  await mock.begin(faultsOf({ cap: CHANGED_CAP, kind }));
  const name = `change ${kind} ${at}`;
  const id = await stack.submit(jobOf({ name, calls, concurrency: IN_FLIGHT, model: stack.freshModel() }));
  try {
    const fromMs = await firstCallAt(mock);
    const times = [];
    for (const [phase, cap] of [CHANGED_CAP, CHANGED_CAP / 2, CHANGED_CAP].entries()) {
      if (phase > 0) times.push((await mock.control({ faults: faultsOf({ cap, kind }) })).atMs - fromMs);
      await delay(1000 * PHASES_SECONDS[phase]);
    }
    const { timeline, requests, byStatus } = await mock.history();
    times.push(timeline.arrivals.length * timeline.stepMs);
    const [halved, restored, end] = times;
    const rate = CHANGED_CAP * RECOVERED_SHARE;
    return {
      halvedMs: recoveryMs(timeline, { fromMs: halved, toMs: restored, rate: rate / 2 }),
      doubledMs: recoveryMs(timeline, { fromMs: restored, toMs: end, rate }),
      limitedShare: (byStatus['429'] ?? 0) / requests,
      bySecond: answeredBySecond(timeline),
    };
  } finally {
    await mock.begin();
    await stack.cancel(id);
  }
}

async function firstCallAt(mock) {
  const end = performance.now() + START_MS;
  for (;;) {
    const { timeline } = await mock.history();
    if (timeline.fromMs > 0) return timeline.fromMs;
    if (performance.now() > end)
      throw new Error(`job: expected a call within ${START_MS / 1000} s, got none`);
    await delay(POLL_MS);
  }
}

const usedOf = ({ ours }) => median(ours.map(({ used }) => used));
const limitedOf = ({ ours }) => median(ours.map(({ limitedShare }) => limitedShare));
/** A run that never came back counts as longer than any limit. */
const recoveries = (runs, which) => runs.map((one) => one[which] ?? Infinity);

function barsOf({ variants: measured, changes }, options) {
  const known = measured.length > 0 ? measured : chosen(options).map((one) => ({ ...one, ours: [] }));
  const caps = known.flatMap((variant) => [
    atLeast(`cap used, ${nameOf(variant)}`, usedOf(variant), USED_MIN, percent),
    atMost(`429s of calls, ${nameOf(variant)}`, limitedOf(variant), LIMITED_MAX, percent),
  ]);
  const changed = KINDS.flatMap((kind) => {
    const runs = changes.find((one) => one.kind === kind)?.runs ?? [];
    return [
      atMost(
        `cap halves, ${kind}: back after`,
        median(recoveries(runs, 'halvedMs')),
        RECOVERY_MAX_MS,
        seconds,
      ),
      atMost(
        `cap doubles, ${kind}: back after`,
        median(recoveries(runs, 'doubledMs')),
        RECOVERY_MAX_MS,
        seconds,
      ),
    ];
  });
  return [...caps, ...changed];
}

function render({ variants: measured, changes }, { runs }) {
  const hundred = (share) => 100 * share;
  const rows = measured.map(({ cap, kind, retryAfter, ours }) => [
    cap,
    kind,
    retryAfter ? `${RETRY_AFTER_SECONDS} s` : 'none',
    ours.length > 0 ? spreadOf(ours, ({ used }) => hundred(used), 1) : 'failed',
    spreadOf(ours, ({ limitedShare }) => hundred(limitedShare), 1),
    spreadOf(ours, ({ rowsMissing }) => rowsMissing),
  ]);
  const others = measured
    .map((one) => [nameOf(one), clientsTable(one.clients, one.cap, ({ used }) => used * one.cap)])
    .filter(([, text]) => text !== '')
    .map(
      ([name, text]) => `\nOther clients, ${name} (rows/s after the first ${LEARN_MS / 1000} s):\n${text}`,
    );
  const back = (list) => list.map((ms) => (ms === undefined ? 'not' : (ms / 1000).toFixed(1))).join(', ');
  const changed = changes.map(({ kind, runs: all }) => [
    kind,
    back(all.map(({ halvedMs }) => halvedMs)),
    back(all.map(({ doubledMs }) => doubledMs)),
    spreadOf(all, ({ limitedShare }) => hundred(limitedShare), 1),
  ]);
  return `## Unknown caps

${table(['cap, requests/s', 'kind', 'Retry-After', '% of the cap used after 5 s', '429s, % of all calls', `rows missing after ${DEADLINE_MS / 1000} s`], rows)}
${others.join('')}
The cap of ${CHANGED_CAP}/s halves after ${PHASES_SECONDS[0]} s and is restored after ${PHASES_SECONDS[1]} more, without Retry-After:

${table(['kind', 'halved: back after s', 'doubled: back after s', '429s, % of all calls'], changed)}

${IN_FLIGHT} in flight, nothing about the cap in the configuration, and a provider that was never called before in every run. A
fixed window counts anew every second; a bucket holds a tenth of a second's calls. Back means: a whole second at ${RECOVERED_SHARE * 100} % of
the new cap or more, and as much on average from then on. Median (lowest–highest) of ${runs} runs, of ${changeRuns({ runs })} where the cap changes.
`;
}
