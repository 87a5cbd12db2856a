/** What a suite has to reach, what it reached, and whether that is enough. Never hidden, also when nothing was measured. */

const NOT_MEASURED = 'not measured';

/** @param show writes the value and the limit alike */
export const atLeast = (what, value, limit, show) => bar(what, '≥', value, limit, show);
export const atMost = (what, value, limit, show) => bar(what, '≤', value, limit, show);
export const exactly = (what, value, limit, show) => bar(what, '=', value, limit, show);

const HOLDS = {
  '≥': (value, limit) => value >= limit,
  '≤': (value, limit) => value <= limit,
  '=': (value, limit) => value === limit,
};

function bar(what, sign, value, limit, show = String) {
  const measured = typeof value === 'number' && Number.isFinite(value);
  return {
    what,
    wanted: sign === '=' ? show(limit) : `${sign} ${show(limit)}`,
    got: measured ? show(value) : NOT_MEASURED,
    held: measured && HOLDS[sign](value, limit),
  };
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
export const milliseconds = (ms) => `${ms.toFixed(2)} ms`;

export function barsTable(bars) {
  return table(
    ['bar', 'wanted', 'measured', ''],
    bars.map(({ what, wanted, got, held }) => [what, wanted, got, held ? 'held' : '**not held**']),
  );
}

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
