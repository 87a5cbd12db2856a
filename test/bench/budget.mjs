/** The lid on the bill: many processes, answers of very unequal length, and a cap in each of the three currencies. */
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, percent, table } from './support/bars.mjs';
import { jobOf } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { PRICES, startStack } from './support/stack.mjs';
import { spread } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';

const LATENCY_MS = 100;
const GENERATORS = 8;
const IN_FLIGHT = 8 * 64;
const SKEW = { median: 60, sigma: 1.3 };
const CAPS = { usd: 4, tokens: 3_000_000, calls: 12_000 };
const QUICK_SHARE = 1 / 6;
const USED_MIN = 0.97;
/** More than any of the caps pays for. */
const JOB_CALLS = 60_000;
const DEADLINE_MS = 240_000;
const POLL_MS = 50;
const MILLION = 1e6;

const capsOf = ({ quick }) =>
  Object.entries(CAPS).map(([currency, cap]) => ({ currency, cap: quick ? cap * QUICK_SHARE : cap }));

/** What the endpoint would charge for, by its own count. */
const spentOf = {
  usd: ({ inputTokens, outputTokens }) =>
    (inputTokens * PRICES.inputUsdPerMillion + outputTokens * PRICES.outputUsdPerMillion) / MILLION,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  calls: ({ answered }) => answered,
};

export function estimateSeconds(options) {
  return 30 + options.runs * Object.keys(CAPS).length * (options.quick ? 8 : 13);
}

export async function run(options) {
  const steps = createSteps(options.say);
  const mock = await startMock(LATENCY_MS);
  const caps = capsOf(options).map((one) => ({ ...one, runs: [] }));
  const numbers = {
    latencyMs: LATENCY_MS,
    generators: GENERATORS,
    inFlight: IN_FLIGHT,
    skew: SKEW,
    prices: PRICES,
    caps,
  };
  try {
    await mock.control({ outputTokens: SKEW });
    await steps.run('budget', () => measure(mock, caps, options, steps));
    return {
      markdown: render(numbers, options) + steps.report(),
      numbers,
      bars: caps.flatMap(barsOf),
      failed: steps.failed,
    };
  } finally {
    mock.stop();
  }
}

async function measure(mock, caps, { runs }, steps) {
  const stack = await startStack(mock, { generators: GENERATORS });
  try {
    await stack.runJob(
      jobOf({ name: 'warm-up', calls: 2_000, concurrency: IN_FLIGHT, params: ANY_LENGTH }),
      DEADLINE_MS,
    );
    for (let at = 1; at <= runs; at += 1) {
      for (const { currency, cap, runs: found } of caps) {
        const one = await steps.run(`budget ${currency} ${at}`, () =>
          runCap(mock, stack, { currency, cap, at }),
        );
        if (one) found.push(one);
      }
    }
  } finally {
    await stack.stop();
  }
}

/** Answers that the output limit cuts are rejected rows: here they are wanted. */
const ANY_LENGTH = { badRowShareMax: 1 };

async function runCap(mock, stack, { currency, cap, at }) {
  await mock.begin();
  const name = `budget ${currency} ${at}`;
  const id = await stack.submit(
    jobOf({ name, calls: JOB_CALLS, concurrency: IN_FLIGHT, params: ANY_LENGTH }),
  );
  try {
    // After the start, as a person lowers it: a budget below the estimate is refused when a job is posted.
    await stack.patch(id, { budget: { [currency]: cap } });
    const end = performance.now() + DEADLINE_MS;
    const seen = { samples: 0, spentMost: 0, costMost: 0 };
    for (let state = 'running'; state !== 'blocked';) {
      if (performance.now() > end)
        throw new Error(`job: expected blocked within ${DEADLINE_MS / 1000} s, got ${state}`);
      const [stats, job] = await Promise.all([
        mock.stats(),
        stack.waitFor(id, ['queued', 'running', 'blocked'], 0),
      ]);
      state = job.state;
      seen.samples += 1;
      seen.spentMost = Math.max(seen.spentMost, spentOf[currency](stats));
      seen.costMost = Math.max(seen.costMost, costOf(job, currency));
      await delay(POLL_MS);
    }
    const [stats, job] = [await mock.stats(), await stack.job(id)];
    if (job.block.code !== 'budget-reached')
      throw new Error(`job: expected budget-reached, got ${job.block.code}: ${job.block.message}`);
    const spent = spentOf[currency](stats);
    return {
      ...seen,
      spentMost: Math.max(seen.spentMost, spent),
      used: spent / cap,
      ledgerDiffers: costOf(job, currency) - spent,
      calls: stats.answered,
      inFlightMax: stats.inFlightMax,
    };
  } finally {
    await stack.cancel(id).catch(() => undefined);
  }
}

function costOf({ cost }, currency) {
  return currency === 'tokens' ? cost.inputTokens + cost.outputTokens : cost[currency];
}

function barsOf({ currency, cap, runs }) {
  const spent = runs.length > 0 ? Math.max(...runs.map(({ spentMost }) => spentMost)) : undefined;
  const used = runs.length > 0 ? Math.min(...runs.map((one) => one.used)) : undefined;
  const show = currency === 'usd' ? (usd) => `$${usd.toFixed(4)}` : (count) => count.toFixed(0);
  return [
    atMost(`${currency} charged by the endpoint, highest at any moment of any run`, spent, cap, show),
    atLeast(`${currency} used when blocked, lowest of all runs`, used, USED_MIN, percent),
  ];
}

function render({ caps, generators, inFlight, skew }, { runs }) {
  const rows = caps.map(({ currency, cap, runs: found }) => [
    currency,
    cap,
    found.length > 0
      ? Math.max(...found.map(({ spentMost }) => spentMost)).toFixed(currency === 'usd' ? 4 : 0)
      : 'failed',
    spread(
      found.map(({ used }) => 100 * used),
      2,
    ),
    found.length > 0
      ? Math.max(...found.map(({ ledgerDiffers }) => Math.abs(ledgerDiffers))).toFixed(6)
      : '–',
    spread(found.map(({ calls }) => calls)),
    spread(found.map(({ inFlightMax }) => inFlightMax)),
    found.reduce((sum, { samples }) => sum + samples, 0),
  ]);
  const head = [
    'currency',
    'cap',
    'highest seen',
    '% used when blocked',
    'ledger against endpoint, largest difference',
    'calls',
    'most in flight',
    'looks',
  ];
  return `## Budget

${table(head, rows)}

${generators} generator processes, ${inFlight} in flight together; output tokens are log-normal (median ${skew.median}, sigma ${skew.sigma}, cut at the call's
limit of 1,024), $${PRICES.inputUsdPerMillion} and $${PRICES.outputUsdPerMillion} a million. Spent is what the endpoint's own count of answered tokens would cost; it is
compared with the cap every ${POLL_MS} ms and at the end. ${runs} runs of each.
`;
}
