/** The provider's batch endpoint: what we add to its own time, and what a kill costs there. */
import { setTimeout as delay } from 'node:timers/promises';
import { exactly, seconds, table } from './support/bars.mjs';
import { jobOf } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { startStack } from './support/stack.mjs';
import { spreadOf } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';

const MODEL = 'batched/m';
const CALLS = 5_000;
const QUICK_CALLS = 1_000;
/** Rates are of these; a mock batch moves on at every look, so looking often is what makes it fast. */
const BATCH = { requestsMax: 1_000, lookFirstMs: 100, lookMaxMs: 1_000, relistMs: 500 };
/** Where a batch is when everything that could pay again is killed: waiting, and as its answers are fetched. */
const MOMENTS = ['in_progress', 'completed'];
const DEADLINE_MS = 180_000;
const POLL_MS = 20;

const callsOf = ({ quick }) => (quick ? QUICK_CALLS : CALLS);

export function estimateSeconds({ runs, quick }) {
  return 15 + runs * (1 + MOMENTS.length) * (quick ? 8 : 15);
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(0);
  const numbers = { calls: callsOf(options), batch: BATCH, undisturbed: [], kills: [] };
  try {
    await steps.run('batch', () => measure(mock, numbers, options, steps));
    const bars = barsOf(numbers, options);
    return { markdown: render(numbers, options) + steps.report(), numbers, bars, failed: steps.failed };
  } finally {
    mock.stop();
  }
}

async function measure(mock, found, { runs }, steps) {
  const stack = await startStack(mock, { batch: BATCH });
  try {
    for (let at = 1; at <= runs; at += 1) {
      const plain = await steps.run(`batch ${at}`, () => runBatches(mock, stack, { at, calls: found.calls }));
      if (plain) found.undisturbed.push(plain);
      for (const moment of MOMENTS) {
        const work = { at, calls: found.calls, moment };
        const killed = await steps.run(`batch ${at}, kill ${moment}`, () => runBatches(mock, stack, work));
        if (killed) found.kills.push({ moment, ...killed });
      }
    }
  } finally {
    await stack.stop();
  }
}

async function runBatches(mock, stack, { at, calls, moment }) {
  await mock.begin();
  await mock.batches({ hold: moment === 'in_progress' ? moment : null });
  const seen = new Set((await mock.listBatches()).map(({ id }) => id));
  const began = performance.now();
  const body = jobOf({ name: `batch ${at} ${moment ?? ''}`, calls, model: MODEL });
  const id = await stack.submit({ ...body, mode: 'batch' });
  try {
    if (moment !== undefined) {
      await untilStatus(mock, seen, moment);
      stack.kill('generator');
      await mock.batches({ hold: null });
    }
    const job = await stack.waitFor(id, ['succeeded'], DEADLINE_MS);
    const stats = await mock.stats();
    const batches = (await mock.listBatches()).filter((one) => !seen.has(one.id));
    return {
      rowsPerSecond: (1000 * calls) / (performance.now() - began),
      batches: batches.length,
      batchesTooMany: batches.length - Math.ceil(calls / BATCH.requestsMax),
      paidTwice: stats.repeated,
      single: stats.requests,
      lost: calls - job.rows.accepted,
      totalMs: performance.now() - began,
    };
  } catch (error) {
    await stack.cancel(id).catch(() => undefined);
    throw error;
  }
}

/** One of the job's batches has come so far. */
async function untilStatus(mock, before, status) {
  const end = performance.now() + DEADLINE_MS;
  while (!(await mock.listBatches()).some((one) => !before.has(one.id) && one.status === status)) {
    if (performance.now() > end)
      throw new Error(`batches: expected one ${status} within ${DEADLINE_MS / 1000} s, got none`);
    await delay(POLL_MS);
  }
}

const most = (runs, pick) => (runs.length > 0 ? Math.max(...runs.map(pick)) : undefined);

function barsOf({ undisturbed, kills }, { runs }) {
  return [
    exactly('kills that the job survived', kills.length, runs * MOMENTS.length),
    exactly(
      'answers paid twice after a kill, worst',
      most(kills, ({ paidTwice }) => paidTwice),
      0,
    ),
    exactly(
      'batches submitted twice after a kill, worst',
      most(kills, ({ batchesTooMany }) => batchesTooMany),
      0,
    ),
    exactly(
      'rows lost, worst',
      most([...undisturbed, ...kills], ({ lost }) => lost),
      0,
    ),
  ];
}

function render({ calls, undisturbed, kills }, { runs }) {
  const kinds = [
    ['none', undisturbed],
    ...MOMENTS.map((moment) => [moment, kills.filter((one) => one.moment === moment)]),
  ];
  const rows = kinds.map(([kind, all]) => [
    kind,
    calls,
    spreadOf(all, ({ rowsPerSecond }) => rowsPerSecond),
    spreadOf(all, ({ totalMs }) => totalMs / 1000, 1),
    spreadOf(all, ({ batches }) => batches),
    most(all, ({ paidTwice }) => paidTwice) ?? '–',
    most(all, ({ single }) => single) ?? '–',
    most(all, ({ lost }) => lost) ?? '–',
  ]);
  const head = [
    'generator killed while',
    'rows',
    'rows/s, whole job',
    's',
    'batches',
    'answers paid twice',
    'single calls',
    'rows lost',
  ];
  return `## Provider batches

${table(head, rows)}

Batches of ${BATCH.requestsMax} requests at a provider that needs no time of its own and moves on at each look, looked at every
${seconds(BATCH.lookFirstMs)} to ${seconds(BATCH.lookMaxMs)}: what is left is ours. Paid twice counts what the endpoint answered more than once, in batches and in single
calls together. Median (lowest–highest) of ${runs} runs.
`;
}
