/** What durability costs: the same rows through the whole stack, ledger on, and through a bare loop, by turns. */
import { runBare } from './support/bare.mjs';
import { startMock } from './support/mock.mjs';
import { cpuMsByName, peakMiBByName } from './support/processes.mjs';
import { startStack } from './support/stack.mjs';
import { median, spread } from './support/statistics.mjs';

const LATENCY_MS = 100;
/** A job's input; each row is asked for as many samples as the run needs. */
const INPUT_ROWS = 100;
const WARM_UP_SAMPLES = 10;
const CONTENT =
  'Write a short review of a copper kettle in the voice of a retired sailor who has travelled widely, ' +
  'speaks plainly, dislikes exaggeration and likes to compare things with what he has seen in harbours. ' +
  'Mention one advantage and one disadvantage, and end with a sentence that says who should buy it.';
const REQUEST = { temperature: 1, top_p: 1, max_tokens: 1_024 };

export async function run({ runs, seconds, inFlight, say }) {
  const mock = await startMock(LATENCY_MS);
  try {
    const levels = [];
    for (const level of inFlight) levels.push(await measure(mock, level, { runs, seconds, say }));
    const numbers = { latencyMs: LATENCY_MS, promptCharacters: CONTENT.length, runs, levels };
    return { markdown: render(numbers), numbers };
  } finally {
    mock.stop();
  }
}

/** A stack of its own for each level, so that the memory peaks are this level's. */
async function measure(mock, inFlight, { runs, seconds, say }) {
  const samples = Math.round((seconds * inFlight * (1000 / LATENCY_MS)) / INPUT_ROWS);
  const calls = samples * INPUT_ROWS;
  const stack = await startStack(mock);
  try {
    await stack.runJob(jobOf(`${inFlight} warm-up`, inFlight, WARM_UP_SAMPLES));
    const bare = [];
    const ours = [];
    for (let at = 1; at <= runs; at += 1) {
      const name = `run ${inFlight}.${at}`;
      bare.push(
        await runBare(mock, { inFlight, calls, run: name, request: { content: CONTENT, ...REQUEST } }),
      );
      ours.push(await runOurs(mock, stack, jobOf(name, inFlight, samples), calls));
      say(
        `${name}: bare ${bare.at(-1).rowsPerSecond.toFixed(1)} rows/s, ours ${JSON.stringify(ours.at(-1))}`,
      );
    }
    return { inFlight, calls, bare, ours, peakMiB: peakMiBByName(stack.pid) };
  } finally {
    await stack.stop();
  }
}

/** A new template for every run, so that nothing is reused from the ledger. */
const jobOf = (name, concurrency, samples) => ({
  strategy: 'prompt-template',
  params: { template: `${name} {row} ${CONTENT}`, samples },
  inputs: { rows: Array.from({ length: INPUT_ROWS }, (_, row) => ({ row: String(row) })) },
  models: { generator: 'mine/m' },
  concurrency,
});

async function runOurs(mock, stack, body, calls) {
  await mock.reset();
  const before = cpuMsByName(stack.pid);
  const job = await stack.runJob(body);
  const after = cpuMsByName(stack.pid);
  const { answered, answeringMs, duplicates } = await mock.stats();
  if (answered !== calls || duplicates > 0 || job.rows.open > 0)
    throw new Error(`job: expected ${calls} answers, got ${answered} with ${duplicates} twice`);
  const [stage] = job.stages;
  const cpu = Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / calls]);
  return {
    rowsPerSecond: (1000 * answered) / answeringMs,
    stageSeconds: (Date.parse(stage.finishedAt) - Date.parse(stage.startedAt)) / 1000,
    jobSeconds: (Date.parse(job.finishedAt) - Date.parse(job.createdAt)) / 1000,
    cpuMsPerRow: Number(cpu.reduce((sum, [, ms]) => sum + ms, 0).toFixed(3)),
    cpuMsPerRowByProcess: Object.fromEntries(cpu.map(([name, ms]) => [name, Number(ms.toFixed(3))])),
  };
}

function render({ levels, runs }) {
  const lines = levels.map(({ inFlight, calls, bare, ours, peakMiB }) => {
    const rate = (them) => them.map(({ rowsPerSecond }) => rowsPerSecond);
    const ratio = (100 * median(rate(ours))) / median(rate(bare));
    const cells = [
      inFlight,
      calls,
      spread(rate(bare)),
      spread(rate(ours)),
      `${ratio.toFixed(1)} %`,
      spread(ours.map((one) => calls / one.jobSeconds)),
      `${median(bare.map(({ cpuMsPerRow }) => cpuMsPerRow)).toFixed(2)}`,
      spread(
        ours.map(({ cpuMsPerRow }) => cpuMsPerRow),
        2,
      ),
      Object.entries(peakMiB)
        .map(([name, peak]) => `${name} ${peak.toFixed(0)}`)
        .join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `## Overhead

| in flight | rows | bare, rows/s | ours, rows/s | ratio | ours, whole job, rows/s | bare, CPU ms/row | ours, CPU ms/row | peak MiB by process |
|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}

Median (lowest–highest) of ${runs} runs. CPU of one row at the highest level, by process: ${byProcess(levels.at(-1))}.

How it is fair: both sides call the same mock endpoint (answers after ${LATENCY_MS} ms, a process of its own) with requests of the
same size, by turns on the same machine. The bare loop keeps nothing, retries nothing and has warmed up in its process
before it is timed; ours runs as a user starts it, with Temporal, API, workers and SQLite ledger on the same cores, and
every run has new prompts, so that nothing comes from the ledger. Rows/s are counted by the mock from its first to its last
answer; the whole job also has its start, plan and publishing in it, and so does the CPU time, which is that of all our
processes, Temporal included and the mock left out.
`;
}

function byProcess({ ours }) {
  const names = Object.keys(ours[0].cpuMsPerRowByProcess);
  const of = (name) => median(ours.map(({ cpuMsPerRowByProcess }) => cpuMsPerRowByProcess[name] ?? 0));
  return names.map((name) => `${name} ${of(name).toFixed(2)}`).join(', ');
}
