import { parseArgs } from 'node:util';
import { parseClient } from './clients.mjs';

const QUICK = { runs: 1, seconds: 3 };

/** What the command line asks for. Throws an error that says what was expected. */
export function readOptions(argv, suites) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      seconds: { type: 'string' },
      rows: { type: 'string' },
      'in-flight': { type: 'string', default: '32,128,512' },
      client: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
    },
  });
  const names = positionals.length === 0 || positionals.includes('all') ? suites : positionals;
  const unknown = names.find((name) => !suites.includes(name));
  if (unknown !== undefined)
    throw new Error(`expected suites of ${suites.join(', ')} or all, got "${unknown}".`);
  const { quick } = values;
  return {
    suites: suites.filter((name) => names.includes(name)),
    quick,
    write: !quick && !values['no-write'],
    runs: positive('runs', values.runs) ?? (quick ? QUICK.runs : 5),
    seconds: positive('seconds', values.seconds) ?? (quick ? QUICK.seconds : 9),
    rows: positive('rows', values.rows),
    inFlight: values['in-flight'].split(',').map((one) => positive('in-flight', one)),
    clients: values.client.map(parseClient),
  };
}

function positive(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name}: expected a whole number above 0, got "${text}".`);
  return number;
}
