/** docs/benchmarks.md: the rules once, the bars of all suites, then one section for each. */
import { barsTable, table } from './bars.mjs';

const RULES = `# Benchmarks

Written by \`npm run bench\`; the numbers are in \`benchmarks.json\`. How to run and read them, and how to put another
program beside ours: [benchmarking](benchmarking.md).

## Rules

- Everything that is compared calls the same mock endpoint, a process of its own, with requests of the same size.
- It does so by turns, on the same machine, in the same minutes, with the mock's faults drawn in the same order.
- What is compared with is a bare loop: undici's \`Pool.request\`, \`JSON.stringify\`, \`JSON.parse\`, as many loops as calls in
  flight. It keeps nothing, retries nothing, and has warmed up before it is timed.
- Ours runs as a user starts it: Temporal, API, workers and the SQLite ledger share the cores with the mock endpoint.
- Every run has new prompts, so that nothing comes from the ledger.
- Speed, 429s, tokens and calls paid twice are what the endpoint counted, not what a client says.
- A bar is judged by the median of the runs, except where it says worst, highest or lowest. A bar that does not hold stays here;
  why, and what was tried: [benchmarking](benchmarking.md#bars-that-do-not-hold).
`;

export function page(suites) {
  const sections = suites.map(
    ([, { conditions, markdown, bars }]) =>
      `${markdown}\n${bars ? `${barsTable(bars)}\n\n` : ''}${conditionsLine(conditions)}\n`,
  );
  return [RULES, overview(suites), ...sections].join('\n');
}

function overview(suites) {
  const rows = suites.map(([name, { bars, conditions }]) => {
    const held = bars?.filter((bar) => bar.held).length;
    const broken = bars?.filter((bar) => !bar.held).map(({ what, got }) => `${what}: ${got}`);
    const which = broken === undefined || broken.length === 0 ? '' : broken.join('; ');
    return [
      name,
      bars ? `${held} of ${bars.length}` : 'none then',
      which,
      conditions.commit,
      conditions.date,
    ];
  });
  return `## Bars\n\n${table(['suite', 'held', 'not held', 'commit', 'date'], rows)}\n`;
}

function conditionsLine(c) {
  const tree = c.changed ? `${c.commit} with local changes` : c.commit;
  const others = c.busyShare === undefined ? c.load > c.cores : c.busyShare > 0.1;
  const busy = others ? ' Other work shared the cores at the start.' : '';
  const packages = c.packages ? `${c.packages}, ` : '';
  return (
    `Conditions: ${c.date}, commit ${tree}, node ${c.node}, ${c.temporal}, ${packages}${c.cores} cores (${c.processor}), ` +
    `${c.memoryGiB} GiB memory, ${c.system}; load average before the start ${c.load}.${busy}`
  );
}
