/** `kill -9` of the process that makes the calls: what is paid again, what is lost, and how long nothing happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { atMost, exactly, seconds, table } from './support/bars.mjs';
import { jobOf, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { startStack } from './support/stack.mjs';
import { quantile, spread } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';

const LATENCY_MS = 100;
const IN_FLIGHT = 64;
const KILLS_PER_RUN = 2;
const FLOWS_AGAIN_MAX_MS = 15_000;
const DEADLINE_MS = 120_000;
const POLL_MS = 20;

const killsOf = ({ runs }) => KILLS_PER_RUN * runs;
const callsOf = ({ seconds: long }) => wholeCalls((long * IN_FLIGHT * 1000) / LATENCY_MS);

export function estimateSeconds(options) {
  return 15 + killsOf(options) * (options.seconds + 16);
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(LATENCY_MS);
  const numbers = { latencyMs: LATENCY_MS, inFlight: IN_FLIGHT, calls: callsOf(options), kills: [] };
  try {
    await steps.run('crash', () => measure(mock, numbers, options, steps));
    const bars = barsOf(numbers, killsOf(options));
    return { markdown: render(numbers) + steps.report(), numbers, bars, failed: steps.failed };
  } finally {
    mock.stop();
  }
}

async function measure(mock, found, options, steps) {
  const stack = await startStack(mock);
  const ledger = await stack.openLedger();
  try {
    await stack.runJob(jobOf({ name: 'warm-up', calls: 1_000, concurrency: IN_FLIGHT }), DEADLINE_MS);
    for (let at = 1; at <= killsOf(options); at += 1) {
      const one = await steps.run(`kill ${at}`, () =>
        runKill(mock, stack, { ledger, at, calls: found.calls }),
      );
      if (one) found.kills.push(one);
    }
  } finally {
    await ledger.close();
    await stack.stop();
  }
}

async function runKill(mock, stack, { ledger, at, calls }) {
  await mock.begin();
  const id = await stack.submit(jobOf({ name: `kill ${at}`, calls, concurrency: IN_FLIGHT }));
  try {
    await until(mock, ({ answered }) => answered >= calls / 2);
    stack.kill('generator');
    const killedAt = performance.now();
    // Read while nobody can call: the process is dead, and its successor needs longer than this to start.
    const { requests: asked } = await mock.stats();
    const committed = await ledger.committedCalls(id);
    await until(mock, ({ requests }) => requests > asked);
    const callsAgainMs = performance.now() - killedAt;
    const { answered } = await mock.stats();
    await until(mock, (stats) => stats.answered > answered);
    const flowsAgainMs = performance.now() - killedAt;
    const job = await stack.waitFor(id, ['succeeded'], DEADLINE_MS);
    const stats = await mock.stats();
    return {
      uncommitted: asked - committed,
      sentAgain: stats.requests - calls,
      paidTwice: stats.repeated,
      lost: calls - job.rows.accepted,
      callsAgainMs,
      flowsAgainMs,
    };
  } catch (error) {
    await stack.cancel(id).catch(() => undefined);
    throw error;
  }
}

async function until(mock, reached) {
  const end = performance.now() + DEADLINE_MS;
  while (!reached(await mock.stats())) {
    if (performance.now() > end)
      throw new Error(`job: expected it to go on within ${DEADLINE_MS / 1000} s, got nothing`);
    await delay(POLL_MS);
  }
}

const most = (kills, pick) => (kills.length > 0 ? Math.max(...kills.map(pick)) : undefined);

function barsOf({ kills }, planned) {
  return [
    exactly('kills that the job survived', kills.length, planned),
    atMost(
      'calls sent again beyond those not committed at the kill, worst',
      most(kills, ({ sentAgain, uncommitted }) => sentAgain - uncommitted),
      0,
    ),
    exactly(
      'rows lost, worst',
      most(kills, ({ lost }) => lost),
      0,
    ),
    atMost(
      'rows flow again after kill -9, worst',
      most(kills, ({ flowsAgainMs }) => flowsAgainMs),
      FLOWS_AGAIN_MAX_MS,
      seconds,
    ),
  ];
}

function render({ kills, calls, inFlight }) {
  const rows = kills.map((one, at) => [
    at + 1,
    one.uncommitted,
    one.sentAgain,
    one.paidTwice,
    one.lost,
    (one.callsAgainMs / 1000).toFixed(1),
    (one.flowsAgainMs / 1000).toFixed(1),
  ]);
  const head = [
    'kill',
    'not committed at the kill',
    'calls sent again',
    'answers paid twice',
    'rows lost',
    'calls again after s',
    'rows again after s',
  ];
  const flows = kills.map(({ flowsAgainMs }) => flowsAgainMs / 1000);
  const tail = kills.length > 0 ? quantile(flows, 0.9).toFixed(1) : '–';
  return `## Kill -9

${kills.length > 0 ? table(head, rows) : 'Not measured.'}

Rows again after ${spread(flows, 1)} s, nine in ten within ${tail} s. Jobs of ${calls} rows at ${inFlight} in flight; the generator process is
killed when the endpoint has answered half of them, and started again by the local stack. Sent again is what the
endpoint was asked more than once for each row; paid twice is what it answered more than once. Times count from the kill.
`;
}
