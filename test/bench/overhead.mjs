/** What durability costs: the same rows through the whole stack, ledger on, and through a bare loop, by turns. */
import { setTimeout as delay } from 'node:timers/promises';
import { runBare } from './support/bare.mjs';
import { atLeast, atMost, milliseconds, percent, table } from './support/bars.mjs';
import { clientsTable, collect, runClients } from './support/comparison.mjs';
import { CONTENT, jobOf, REQUEST, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { runOurs, withoutTimeline } from './support/ours.mjs';
import { peakBytesByName } from './support/processes.mjs';
import { startStack } from './support/stack.mjs';
import { median, spread } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';
import { rateBetween } from './support/timeline.mjs';

const LATENCY_MS = 100;
const WARM_UP_CALLS = 1_000;
const RATIO_MIN = { 32: 0.97, 128: 0.95, 512: 0.6 };
const CPU_MS_MAX = { 128: 0.6, 512: 0.4 };
/** The job that says nothing about its speed is compared with the bare loop at this level. */
const DEFAULTS_LEVEL = 128;
const DEFAULTS_RATIO_MIN = 0.5;
const DEFAULTS_WINDOW_MS = [4_000, 5_000];
/** More than any speed needs in the time it is looked at. */
const DEFAULTS_CALLS = 40_000;
const POLL_MS = 50;

const callsOf = (level, { seconds }) => wholeCalls((seconds * level * 1000) / LATENCY_MS);

export function estimateSeconds({ runs, seconds, inFlight, clients }) {
  return inFlight.length * (15 + runs * (2 + clients.length) * (seconds + 3)) + 10 + runs * 10;
}

export async function run(options) {
  const { runs, inFlight, say } = options;
  const steps = createSteps(say);
  const mock = await startMock(LATENCY_MS);
  try {
    const levels = [];
    for (const level of inFlight)
      levels.push(
        (await steps.run(`level ${level}`, () => measure(mock, level, options, steps))) ?? emptyLevel(level),
      );
    const defaults = await steps.run('defaults', () => measureDefaults(mock, levels, options, steps));
    const numbers = { latencyMs: LATENCY_MS, promptCharacters: CONTENT.length, runs, levels, defaults };
    return {
      markdown: render(numbers) + steps.report(),
      numbers,
      bars: barsOf(numbers),
      failed: steps.failed,
    };
  } finally {
    mock.stop();
  }
}

const emptyLevel = (level) => ({ inFlight: level, calls: 0, bare: [], ours: [], clients: {}, peakBytes: {} });

/** A stack of its own for each level, so that the memory peaks are this level's. */
async function measure(mock, inFlight, options, steps) {
  const calls = callsOf(inFlight, options);
  const deadlineMs = 60_000 + 10_000 * options.seconds;
  const stack = await startStack(mock);
  const found = { inFlight, calls, bare: [], ours: [], clients: {} };
  try {
    const warmUp = jobOf({ name: `${inFlight} warm-up`, calls: WARM_UP_CALLS, concurrency: inFlight });
    await stack.runJob(warmUp, deadlineMs);
    for (let at = 1; at <= options.runs; at += 1) {
      const name = `run ${inFlight}.${at}`;
      const request = { content: CONTENT, ...REQUEST };
      const bare = await steps.run(`${name} bare`, () =>
        runBare(mock, { inFlight, calls, run: name, request }),
      );
      const body = jobOf({ name, calls, concurrency: inFlight });
      const ours = await steps.run(`${name} ours`, () => runOurs(mock, stack, { body, calls, deadlineMs }));
      if (bare && ours) {
        found.bare.push(bare);
        found.ours.push(withoutTimeline(ours));
      }
      collect(
        found.clients,
        await runClients(mock, options.clients, steps, { calls, inFlight, run: name, deadlineMs }),
      );
    }
    return { ...found, peakBytes: peakBytesByName(stack.pid) };
  } finally {
    await stack.stop();
  }
}

/** A job without `concurrency` against an endpoint without limits that nobody has called: the fifth second of calls. */
async function measureDefaults(mock, levels, options, steps) {
  const bare = await bareAtDefaults(mock, levels, options);
  const stack = await startStack(mock);
  const found = { bareRowsPerSecond: bare, runs: [] };
  try {
    for (let at = 1; at <= options.runs; at += 1) {
      const one = await steps.run(`defaults ${at}`, () => runDefaults(mock, stack, at));
      if (one) found.runs.push(one);
    }
    return found;
  } finally {
    await stack.stop();
  }
}

async function bareAtDefaults(mock, levels, options) {
  const known = levels.find(({ inFlight, bare }) => inFlight === DEFAULTS_LEVEL && bare.length > 0);
  if (known) return median(known.bare.map(({ rowsPerSecond }) => rowsPerSecond));
  const work = { inFlight: DEFAULTS_LEVEL, calls: callsOf(DEFAULTS_LEVEL, options), run: 'defaults bare' };
  return (await runBare(mock, { ...work, request: { content: CONTENT, ...REQUEST } })).rowsPerSecond;
}

async function runDefaults(mock, stack, at) {
  const [fromMs, toMs] = DEFAULTS_WINDOW_MS;
  await mock.begin();
  const id = await stack.submit(
    jobOf({ name: `defaults ${at}`, calls: DEFAULTS_CALLS, model: stack.freshModel() }),
  );
  try {
    for (;;) {
      const { timeline, inFlightMax } = await mock.history();
      // One step more than the window, so that its last step is whole.
      if (timeline.answered.length * timeline.stepMs > toMs + timeline.stepMs) {
        const { control } = await stack.job(id);
        const rowsPerSecond = rateBetween(timeline, 'answered', fromMs, toMs);
        return { rowsPerSecond, inFlightMax, concurrency: control.concurrency };
      }
      await stack.waitFor(id, ['queued', 'running'], 0);
      await delay(POLL_MS);
    }
  } finally {
    await stack.cancel(id);
  }
}

const rates = (runs) => runs.map(({ rowsPerSecond }) => rowsPerSecond);
const cpus = (runs) => runs.map(({ cpuMsPerRow }) => cpuMsPerRow);
const ratioOf = ({ bare, ours }) => median(rates(ours)) / median(rates(bare));

function barsOf({ levels, defaults }) {
  const speed = levels
    .filter(({ inFlight }) => RATIO_MIN[inFlight] !== undefined)
    .map((level) =>
      atLeast(
        `rows/s at ${level.inFlight} in flight, of the bare loop`,
        ratioOf(level),
        RATIO_MIN[level.inFlight],
        percent,
      ),
    );
  const cpu = levels
    .filter(({ inFlight }) => CPU_MS_MAX[inFlight] !== undefined)
    .map(({ inFlight, ours }) =>
      atMost(
        `CPU of a row at ${inFlight} in flight, all processes`,
        median(cpus(ours)),
        CPU_MS_MAX[inFlight],
        milliseconds,
      ),
    );
  const fresh = median(rates(defaults?.runs ?? [])) / defaults?.bareRowsPerSecond;
  const what = `rows/s of a job without settings in its fifth second, of the bare loop at ${DEFAULTS_LEVEL}`;
  return [...speed, ...cpu, atLeast(what, fresh, DEFAULTS_RATIO_MIN, percent)];
}

function render({ levels, runs, defaults }) {
  const head = [
    'in flight',
    'rows',
    'bare, rows/s',
    'ours, rows/s',
    'ratio',
    'ours, whole job, rows/s',
    'bare, CPU ms/row',
    'ours, CPU ms/row',
  ];
  const rows = levels.map((level) => {
    const { inFlight, calls, bare, ours } = level;
    const ratio = ours.length > 0 ? percent(ratioOf(level)) : 'failed';
    const jobs = spread(ours.map(({ jobSeconds }) => calls / jobSeconds));
    return [
      inFlight,
      calls,
      spread(rates(bare)),
      spread(rates(ours)),
      ratio,
      jobs,
      spread(cpus(bare), 2),
      spread(cpus(ours), 2),
    ];
  });
  const others = levels
    .map((level) => [level.inFlight, clientsTable(level.clients, median(rates(level.bare)))])
    .filter(([, text]) => text !== '')
    .map(([inFlight, text]) => `\nOther clients at ${inFlight} in flight:\n${text}`);
  return `## Overhead

${table(head, rows)}

By process, CPU ms of a row and peak memory:

${byProcess(levels)}
${others.join('')}
A job that says nothing about its speed, against an endpoint that nobody has called: ${fresh(defaults)}

Median (lowest–highest) of ${runs} runs. Rows/s are counted by the mock endpoint from its first to its last answer; the
whole job also has its start, plan and publishing in it, and so does the CPU time, which is that of all our processes,
Temporal included and the mock endpoint left out.
`;
}

function byProcess(levels) {
  const measured = levels.filter(({ ours }) => ours.length > 0);
  const names = [...new Set(measured.flatMap(({ peakBytes }) => Object.keys(peakBytes)))];
  const cpu = (level, name) =>
    median(level.ours.map((one) => one.cpuMsPerRowByProcess[name] ?? 0)).toFixed(3);
  const rows = names.map((name) => [
    name,
    ...measured.flatMap((level) => [cpu(level, name), ((level.peakBytes[name] ?? 0) / 1e6).toFixed(0)]),
  ]);
  return table(
    ['process', ...measured.flatMap(({ inFlight }) => [`CPU at ${inFlight}`, `MB at ${inFlight}`])],
    rows,
  );
}

function fresh(defaults) {
  if (!defaults || defaults.runs.length === 0) return 'not measured.';
  const inFlight = spread(defaults.runs.map(({ inFlightMax }) => inFlightMax));
  return `${spread(rates(defaults.runs))} rows/s in the fifth second of its calls, up to ${inFlight} in flight; the bare loop at ${DEFAULTS_LEVEL} makes ${defaults.bareRowsPerSecond.toFixed(0)}.`;
}
