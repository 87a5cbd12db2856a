/**
 * The benchmarks: `npm run bench -- [suite…|all] [--runs 5] [--quick] [--no-write] [--client 'name=command']`; see
 * docs/benchmarking.md. Each suite is one file beside this one that exports `run(options)` and `estimateSeconds(options)`.
 * All sections go to docs/benchmarks.md, all numbers to docs/benchmarks.json; a suite that is not run keeps its own.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { stopOnSignals } from './support/at-exit.mjs';
import { barsTable } from './support/bars.mjs';
import { conditionsNow } from './support/conditions.mjs';
import { readOptions } from './support/options.mjs';
import { page } from './support/page.mjs';
import { quietMachine } from './support/quiet-machine.mjs';
import { ROOT } from './support/root.mjs';

/** In the order of `all`: what a busy machine disturbs most comes first, what heats it most comes last. */
const SUITES = ['overhead', 'tail', 'cap', 'noise', 'crash', 'budget', 'batch', 'memory'];
const MARKDOWN = join(ROOT, 'docs', 'benchmarks.md');
const NUMBERS = join(ROOT, 'docs', 'benchmarks.json');
const EXIT_INCOMPLETE = 1;
const EXIT_USAGE = 64;

const say = (line) => process.stderr.write(`${line}\n`);

async function main({ suites, write, ...options }) {
  const kept = existsSync(NUMBERS) ? JSON.parse(readFileSync(NUMBERS, 'utf8')) : {};
  const loaded = await Promise.all(
    suites.map(async (name) => ({ name, ...(await import(`./${name}.mjs`)) })),
  );
  const estimate = loaded.reduce((sum, suite) => sum + suite.estimateSeconds(options), 0);
  say(`${suites.join(', ')}: about ${Math.ceil(estimate / 60)} minutes`);
  let complete = true;
  for (const { name, run } of loaded) {
    const began = performance.now();
    const { busyShare } = await quietMachine(say, options.quick ? 0 : undefined);
    const conditions = { ...(await conditionsNow()), busyShare };
    try {
      const { markdown, numbers, bars, failed } = await run({ ...options, say });
      complete &&= failed.length === 0;
      kept[name] = { conditions, bars, numbers, markdown };
      process.stdout.write(`${markdown}\n${barsTable(bars)}\n\n`);
      if (write) await writePage(kept);
    } catch (error) {
      complete = false;
      say(`${name}: not measured, its numbers of last time are kept: ${error?.stack ?? error}`);
    }
    say(`${name}: ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  }
  return complete;
}

/** After every suite, so that a run that is broken off keeps what it has. */
async function writePage(kept) {
  await writeFormatted(NUMBERS, JSON.stringify(kept));
  await writeFormatted(MARKDOWN, page(SUITES.filter((name) => kept[name]).map((name) => [name, kept[name]])));
}

async function writeFormatted(file, text) {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

stopOnSignals();
let options;
try {
  options = readOptions(process.argv.slice(2), SUITES);
} catch (error) {
  say(error.message);
  process.exit(EXIT_USAGE);
}
process.exit((await main(options)) ? 0 : EXIT_INCOMPLETE);
