import {
  formatCompact,
  formatDuration,
  formatNumber,
  formatShare,
  formatTime,
  formatUsd,
} from '../../../core/report/format';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [-1_234_567, '-1,234,567'],
  [1_234.5, '1,234.5'],
  [0.000049, '0'],
  [0.12345, '0.1235'],
  [1e21, '1e+21'],
  [NaN, 'NaN'],
])('the number %p reads %p', (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [99_999, '99,999'],
  [123_456, '123 k'],
  [4_213_000, '4.21 M'],
  [7.5e9, '7.5 B'],
])('the count %p reads %p when there is little room', (value, text) =>
  expect(formatCompact(value)).toBe(text),
);

test.each([
  [0, '$0.00'],
  [0.00423, '$0.0042'],
  [20.0746, '$20.07'],
  [1_234.5, '$1,234.50'],
])('a bill of %p dollars reads %p', (usd, text) => expect(formatUsd(usd)).toBe(text));

test('a share of nothing is not a number that could be misread', () => {
  expect(formatShare(0, 0)).toBe('–');
  expect(formatShare(1, 8)).toBe('12.5 %');
});

test('times are in UTC, and what is no time is shown as it came', () => {
  expect(formatTime('2026-11-21T15:03:59+02:00')).toBe('2026-11-21 13:03 UTC');
  expect(formatTime('soon')).toBe('soon');
});

test.each([
  ['2026-01-01T00:00:12Z', '12 s'],
  ['2026-01-01T00:14:05Z', '14 min 5 s'],
  ['2026-01-01T08:43:41Z', '8 h 43 min'],
  ['2026-01-03T03:00:00Z', '2 d 3 h'],
  ['2025-12-31T00:00:00Z', '–'],
])('a job that ended %p took %p', (to, text) =>
  expect(formatDuration('2026-01-01T00:00:00Z', to)).toBe(text),
);
