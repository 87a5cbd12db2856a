/** The table of all who did the same work, and how one of them is run, by turns with the others. */
import { percent, table } from './bars.mjs';
import { runClient } from './clients.mjs';
import { withoutTimeline } from './ours.mjs';
import { median, spread } from './statistics.mjs';

/** Runs every client once. @returns runs by name, those that failed left out */
export async function runClients(mock, clients, steps, work) {
  const runs = {};
  for (const client of clients) {
    const measured = await steps.run(`${work.run} ${client.name}`, () => runClient(mock, client, work));
    if (measured) runs[client.name] = measured;
  }
  return runs;
}

/** Adds one turn's runs to those before. */
export function collect(all, turn) {
  for (const [name, one] of Object.entries(turn)) (all[name] ??= []).push(withoutTimeline(one));
  return all;
}

/** @param base rows/s that the ratio is against */
export function clientsTable(runs, base, rateOf = ({ rowsPerSecond }) => rowsPerSecond) {
  const names = Object.keys(runs);
  if (names.length === 0) return '';
  const rows = names.map((name) => {
    const all = runs[name];
    const rates = all.map(rateOf).filter((rate) => rate !== undefined);
    const middle = (pick) => median(all.map(pick)).toFixed(0);
    const odd = [...new Set(all.map(({ ended }) => ended))].filter((ended) => ended !== 'in order');
    return [
      name,
      spread(rates),
      rates.length > 0 && base > 0 ? percent(median(rates) / base) : '–',
      percent(median(all.map(({ limited, requests }) => (requests > 0 ? limited / requests : 0)))),
      middle(({ missing }) => missing),
      middle(({ paidTwice }) => paidTwice),
      odd.join('; ') || 'in order',
    ];
  });
  const head = [
    'other client',
    'rows/s',
    'ratio',
    '429s of calls',
    'rows missing',
    'answers paid twice',
    'ended',
  ];
  return `\n${table(head, rows)}\n`;
}
