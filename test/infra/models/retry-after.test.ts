import { parseWait, RETRY_AFTER_MAX_MS, retryAfterMs } from '../../../infra/models/retry-after';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

test.each([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['2m59.56s', 179_560],
  ['1h2m', 3_720_000],
  ['0.5', 500],
  ['12', 12_000],
  [String(NOW_MS + 3_000), 3_000],
  [String(NOW_MS / 1_000 + 4), 4_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['2026-01-01T00:01:00Z', 60_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('%s', (text, expected) => {
  expect(parseWait(text, NOW_MS)).toBe(expected);
});

test("a date counts from the server's clock, so that a wrong local clock does no harm", () => {
  const headers = { date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' };
  expect(retryAfterMs(headers, '', NOW_MS + 86_400_000)).toBe(5_000);
});

test('milliseconds go before seconds, seconds before buckets, buckets before words', () => {
  const headers = { 'retry-after-ms': '1500', 'retry-after': '9', 'x-ratelimit-reset-requests': '20s' };
  expect(retryAfterMs(headers, 'try again in 30s', NOW_MS)).toBe(1_500);
  const { 'retry-after-ms': _ms, ...seconds } = headers;
  expect(retryAfterMs(seconds, 'try again in 30s', NOW_MS)).toBe(9_000);
  expect(retryAfterMs({ 'x-ratelimit-reset-requests': '20s' }, 'try again in 30s', NOW_MS)).toBe(20_000);
  expect(retryAfterMs({}, 'Please try again in 350ms.', NOW_MS)).toBe(350);
  expect(retryAfterMs({}, 'nothing', NOW_MS)).toBeUndefined();
});

test('no header makes anyone wait for longer than a day', () => {
  expect(retryAfterMs({ 'retry-after': '999999' }, '', NOW_MS)).toBe(RETRY_AFTER_MAX_MS);
});
