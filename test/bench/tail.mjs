/** Slow answers hold up nobody else: a few calls that take twenty times as long, and a bare sliding window beside us. */
import { runBare } from './support/bare.mjs';
import { atLeast, percent, table } from './support/bars.mjs';
import { clientsTable, collect, runClients } from './support/comparison.mjs';
import { CONTENT, jobOf, REQUEST, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { runOurs, withoutTimeline } from './support/ours.mjs';
import { startStack } from './support/stack.mjs';
import { median, spread } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';

const LATENCY_MS = 100;
const IN_FLIGHT = 50;
const SLOW = { share: 0.02, latencyMs: 2_000 };
const MEAN_MS = LATENCY_MS * (1 - SLOW.share) + SLOW.latencyMs * SLOW.share;
const WARM_UP_CALLS = 1_000;
const RATIO_MIN = 0.9;

export function estimateSeconds({ runs, seconds, clients }) {
  return 15 + runs * (2 + clients.length) * (seconds + 4);
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(LATENCY_MS);
  const calls = wholeCalls((options.seconds * IN_FLIGHT * 1000) / MEAN_MS);
  const numbers = {
    latencyMs: LATENCY_MS,
    slow: SLOW,
    inFlight: IN_FLIGHT,
    calls,
    bare: [],
    ours: [],
    clients: {},
  };
  try {
    await steps.run('tail', () => measure(mock, numbers, options, steps));
    const bar = atLeast('rows/s, of the bare sliding window', ratioOf(numbers), RATIO_MIN, percent);
    return {
      markdown: render(numbers, options) + steps.report(),
      numbers,
      bars: [bar],
      failed: steps.failed,
    };
  } finally {
    mock.stop();
  }
}

async function measure(mock, found, { runs, seconds, clients }, steps) {
  const { calls } = found;
  const deadlineMs = 60_000 + 10_000 * seconds;
  const faults = { slow: SLOW };
  const stack = await startStack(mock);
  try {
    await stack.runJob(jobOf({ name: 'warm-up', calls: WARM_UP_CALLS, concurrency: IN_FLIGHT }), deadlineMs);
    for (let at = 1; at <= runs; at += 1) {
      const name = `tail ${at}`;
      const work = { inFlight: IN_FLIGHT, calls, run: name, faults, deadlineMs };
      const request = { content: CONTENT, ...REQUEST };
      const bare = await steps.run(`${name} bare`, () => runBare(mock, { ...work, request }));
      const body = jobOf({ name, calls, concurrency: IN_FLIGHT });
      const ours = await steps.run(`${name} ours`, () => runOurs(mock, stack, { body, ...work }));
      if (bare && ours) {
        found.bare.push(bare);
        found.ours.push(withoutTimeline(ours));
      }
      collect(found.clients, await runClients(mock, clients, steps, work));
    }
  } finally {
    await stack.stop();
  }
}

const rates = (runs) => runs.map(({ rowsPerSecond }) => rowsPerSecond);
const ratioOf = ({ bare, ours }) => median(rates(ours)) / median(rates(bare));

function render(numbers, { runs }) {
  const { bare, ours, clients, calls, inFlight } = numbers;
  const ratio = ours.length > 0 ? percent(ratioOf(numbers)) : 'failed';
  const head = ['in flight', 'rows', 'bare sliding window, rows/s', 'ours, rows/s', 'ratio'];
  return `## Slow answers

${table(head, [[inFlight, calls, spread(rates(bare)), spread(rates(ours)), ratio]])}
${clientsTable(clients, median(rates(bare)))}
${percent(SLOW.share)} of the calls are answered after ${SLOW.latencyMs / 1000} s, the others after ${LATENCY_MS / 1000} s; the same draws, by arrival, for
everybody. Median (lowest–highest) of ${runs} runs.
`;
}
