/** A long job in constant memory: a million rows of the scripted model inside the process, and what each process holds. */
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, megabytes, percent, table } from './support/bars.mjs';
import { jobOf, wholeCalls } from './support/jobs.mjs';
import { startMock } from './support/mock.mjs';
import { peakBytesByName, residentBytesByName } from './support/processes.mjs';
import { startStack } from './support/stack.mjs';
import { median } from './support/statistics.mjs';
import { createSteps } from './support/steps.mjs';

const ROWS = 1_000_000;
const QUICK_ROWS = 20_000;
const CONCURRENCY = 128;
/** Caches are warm from here on. */
const FLAT_FROM_ROWS = 10_000;
const FLAT_FROM_SHARE_MAX = 0.1;
/** How many rows a rate is taken over. */
const WINDOW_SHARE = 0.05;
/** The last rows have less company: they are left out. */
const END_SHARE = 0.98;
const RSS_MAX_BYTES = 400e6;
/** Of the first rows after {@link FLAT_FROM_ROWS}: more than this is a leak, less is the garbage collector's mood. */
const GROWTH_MAX = 1.25;
const RATE_KEPT_MIN = 0.9;
const SHOWN_SAMPLES = 20;
const ROWS_PER_SECOND_GUESS = 3_000;

const rowsOf = ({ rows, quick }) => wholeCalls(rows ?? (quick ? QUICK_ROWS : ROWS));

export function estimateSeconds(options) {
  return 20 + (rowsOf(options) / ROWS_PER_SECOND_GUESS) * 1.2;
}

export async function run(options) {
  const steps = createSteps(options.say);
  const rows = rowsOf(options);
  const numbers = { rows, concurrency: CONCURRENCY, samples: [] };
  const mock = await startMock(0); // of the stack's configuration; the scripted model needs no endpoint
  try {
    await steps.run('memory', () => measure(mock, numbers, options));
    const found = numbers.peakBytes ? evaluate(numbers) : undefined;
    return {
      markdown: render({ ...numbers, found }) + steps.report(),
      numbers: { ...numbers, found },
      bars: barsOf(found),
      failed: steps.failed,
    };
  } finally {
    mock.stop();
  }
}

async function measure(mock, found, { quick, say }) {
  const { rows } = found;
  const stack = await startStack(mock);
  const everyMs = quick ? 500 : 3_000;
  const deadlineAt = performance.now() + 60_000 + rows * 5;
  try {
    const id = await stack.submit(
      jobOf({ name: 'memory', calls: rows, concurrency: CONCURRENCY, model: 'scripted/scripted-1' }),
    );
    const began = performance.now();
    for (;;) {
      const job = await stack.waitFor(id, ['queued', 'running', 'succeeded'], 0);
      const ended = job.rows.planned - job.rows.open;
      const sample = {
        seconds: (performance.now() - began) / 1000,
        rows: ended,
        bytes: residentBytesByName(stack.pid),
      };
      found.samples.push(sample);
      if (found.samples.length % 20 === 0) say(`memory: ${ended} rows after ${sample.seconds.toFixed(0)} s`);
      if (job.state === 'succeeded') break;
      if (performance.now() > deadlineAt) throw new Error(`job: expected ${rows} rows in time, got ${ended}`);
      await delay(everyMs);
    }
    found.peakBytes = peakBytesByName(stack.pid);
  } finally {
    await stack.stop();
  }
}

/** When so many rows had ended, between the samples around that moment. */
function secondsAt(samples, rows) {
  const after = samples.findIndex((sample) => sample.rows >= rows);
  const [a, b] = [samples[Math.max(0, after - 1)], samples[after]];
  if (after <= 0 || b.rows === a.rows) return b?.seconds;
  return a.seconds + ((b.seconds - a.seconds) * (rows - a.rows)) / (b.rows - a.rows);
}

const rateOf = (samples, from, to) => (to - from) / (secondsAt(samples, to) - secondsAt(samples, from));

export function evaluate({ rows, samples, peakBytes }) {
  const from = Math.min(FLAT_FROM_ROWS, rows * FLAT_FROM_SHARE_MAX);
  const window = rows * WINDOW_SHARE;
  const to = rows * END_SHARE;
  const between = (low, high) => samples.filter((one) => one.rows >= low && one.rows < high);
  const first = between(from, from + 2 * window);
  const last = between(to - 2 * window, to);
  const typical = (some, name) =>
    median(some.map(({ bytes }) => bytes[name]).filter((size) => size !== undefined));
  const growth = Object.fromEntries(
    Object.keys(peakBytes).map((name) => [name, typical(last, name) / typical(first, name)]),
  );
  return {
    from,
    peakBytes,
    growth,
    rateFirst: rateOf(samples, from, from + window),
    rateLast: rateOf(samples, to - window, to),
  };
}

function barsOf(found) {
  const largest = (of) =>
    found === undefined ? undefined : Math.max(...Object.values(of).filter(Number.isFinite));
  return [
    atMost(
      'resident memory of the largest process, peak',
      largest(found?.peakBytes),
      RSS_MAX_BYTES,
      megabytes,
    ),
    atMost(
      'memory at the end, of that after 10,000 rows, worst process',
      largest(found?.growth),
      GROWTH_MAX,
      percent,
    ),
    atLeast(
      'rows/s at the end, of those after 10,000 rows',
      found && found.rateLast / found.rateFirst,
      RATE_KEPT_MIN,
      percent,
    ),
  ];
}

function render({ rows, samples, concurrency, found }) {
  const intro = `## A million rows\n\nOne job of ${rows} rows of the scripted model, which answers at once inside the generator, ${concurrency} at a time.`;
  if (!found) return `${intro} Not measured.\n`;
  const names = Object.keys(found.peakBytes);
  const every = Math.max(1, Math.ceil(samples.length / SHOWN_SAMPLES));
  const shown = samples.filter((_, at) => at % every === 0 || at === samples.length - 1);
  const lines = shown.map((sample, at) => {
    const before = shown[at - 1];
    const rate = before ? (sample.rows - before.rows) / (sample.seconds - before.seconds) : undefined;
    const sizes = names.map((name) =>
      sample.bytes[name] === undefined ? '–' : (sample.bytes[name] / 1e6).toFixed(0),
    );
    return [sample.seconds.toFixed(0), sample.rows, rate === undefined ? '–' : rate.toFixed(0), ...sizes];
  });
  const peak = ['', 'peak', '', ...names.map((name) => (found.peakBytes[name] / 1e6).toFixed(0))];
  const growth = [
    '',
    'growth',
    '',
    ...names.map((name) =>
      Number.isFinite(found.growth[name]) ? `× ${found.growth[name].toFixed(2)}` : '–',
    ),
  ];
  return `${intro} ${found.rateFirst.toFixed(0)} rows/s after the first ${found.from}, ${found.rateLast.toFixed(0)} at the end. Resident memory in MB:

${table(['s', 'rows', 'rows/s', ...names], [...lines, peak, growth])}

Growth is the median over a tenth of the rows near the end, against that over the first tenth after ${found.from}. The peak has publishing in it.
`;
}
