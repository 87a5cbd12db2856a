import { parseWait, RETRY_AFTER_MAX_MS, retryAfterMs } from '../../../infra/models/retry-after';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

/** A wait that is read too short floods an endpoint that asked for peace; one read too long is a night lost. */
test.each([
  ['OpenAI: tokens are back in a second', '1s', 1_000],
  ['OpenAI: requests are back in six minutes', '6m0s', 360_000],
  ['OpenAI: the next request may come almost at once', '20ms', 20],
  ['Groq: minutes and broken seconds', '2m59.56s', 179_560],
  ['OpenAI: hours', '1h2m', 3_720_000],
  ['OpenAI: requests per day', '1d2h', 93_600_000],
  ['vLLM behind a proxy: broken seconds', '0.5', 500],
  ['Azure: seconds', '12', 12_000],
  ['OpenRouter: a point in time in milliseconds', String(NOW_MS + 3_000), 3_000],
  ['Together: a point in time in seconds', String(NOW_MS / 1_000 + 4), 4_000],
  ['RFC 9110: a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Anthropic’s gateways: an ISO date', '2026-01-01T00:01:00Z', 60_000],
  ['a date that has passed', 'Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['a point in time that has passed', String(NOW_MS / 1_000 - 4), 0],
  ['words', 'soon', undefined],
  ['less than nothing', '-5', undefined],
  ['nothing', '', undefined],
])('%s: %s', (_what, text, expected) => {
  expect(parseWait(text, NOW_MS)).toBe(expected);
});

test.each([
  ['Please try again in 8m38.4s. Visit the site.', 518_400],
  ['Please retry after 6 seconds. Contact support.', 6_000],
  ['Please try again in 1.2s', 1_200],
  ['try again in a moment', undefined],
])('a wait in words: %s', (message, expected) => {
  expect(retryAfterMs({}, message, NOW_MS)).toBe(expected);
});

test('the bucket that is used up decides, not the one that is slow to fill', () => {
  const headers = {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '2s',
    'x-ratelimit-remaining-tokens': '900',
    'x-ratelimit-reset-tokens': '6m0s',
  };
  expect(retryAfterMs(headers, '', NOW_MS)).toBe(2_000);
  expect(retryAfterMs({ ...headers, 'x-ratelimit-remaining-tokens': '0' }, '', NOW_MS)).toBe(360_000);
});

test('a header that cannot be read leaves the word to the next one', () => {
  expect(
    retryAfterMs({ 'retry-after-ms': 'NaN', 'retry-after': 'soon', 'x-ratelimit-reset': '3' }, '', NOW_MS),
  ).toBe(3_000);
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
