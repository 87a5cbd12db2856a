/**
 * The benchmarks: `npm run bench -- [suite…] [--runs 5] [--seconds 9] [--in-flight 32,128] [--no-write]`. Each suite is
 * one file beside this one that exports `run(options)` and gives a Markdown section and its numbers; all sections go to
 * docs/benchmarks.md, all numbers to docs/benchmarks.json. A suite that is not run keeps its numbers of last time.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { conditionsNow } from './support/conditions.mjs';
import { ROOT } from './support/root.mjs';

const SUITES = ['overhead'];
const MARKDOWN = join(ROOT, 'docs', 'benchmarks.md');
const NUMBERS = join(ROOT, 'docs', 'benchmarks.json');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '9' },
    'in-flight': { type: 'string', default: '32,128' },
    'no-write': { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !SUITES.includes(name));
if (unknown !== undefined) fail(`expected one of the suites ${SUITES.join(', ')}, got "${unknown}".`);
const options = {
  runs: positive('runs', values.runs),
  seconds: positive('seconds', values.seconds),
  inFlight: values['in-flight'].split(',').map((one) => positive('in-flight', one)),
  say: (line) => process.stderr.write(`${line}\n`),
};

const kept = existsSync(NUMBERS) ? JSON.parse(readFileSync(NUMBERS, 'utf8')) : {};
for (const name of positionals.length === 0 ? SUITES : positionals) {
  const conditions = await conditionsNow();
  const suite = await import(`./${name}.mjs`);
  const { markdown, numbers } = await suite.run(options);
  kept[name] = { conditions, numbers, markdown };
  process.stdout.write(`${markdown}\n`);
}
if (!values['no-write']) {
  await write(NUMBERS, JSON.stringify(kept));
  await write(MARKDOWN, page(kept));
}

async function write(file, text) {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

function page(suites) {
  const sections = Object.values(suites).map(
    ({ conditions, markdown }) => `${markdown}\n${conditionsLine(conditions)}\n`,
  );
  return [
    '# Benchmarks\n',
    'Written by `npm run bench`; the numbers are in `benchmarks.json`.\n',
    ...sections,
  ].join('\n');
}

function conditionsLine(c) {
  const tree = c.changed ? `${c.commit} with local changes` : c.commit;
  const busy = c.load > c.cores ? ' Other work shared the cores meanwhile.' : '';
  return (
    `Conditions: ${c.date}, commit ${tree}, node ${c.node}, ${c.temporal}, ${c.cores} cores (${c.processor}), ` +
    `${c.memoryGiB} GiB memory, ${c.system}; load average before the start ${c.load}.${busy}`
  );
}

function positive(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    fail(`--${name}: expected a whole number above 0, got "${text}".`);
  return number;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(64);
}
