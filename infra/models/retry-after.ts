/** How long a provider asks us to wait, in the forms that providers use. */

/** Nobody waits longer on a header's word alone; a day covers daily quotas. */
export const RETRY_AFTER_MAX_MS = 24 * 3_600_000;
/** Plain numbers above these are points in time, not durations. */
const EPOCH_SECONDS_FROM = 1e9;
const EPOCH_MS_FROM = 1e12;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const TRY_AGAIN = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s?(?:ms|s|m|h|d)(?![a-z])\s?)+)/i;
const TRY_AGAIN_SECONDS = /(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?) (?:seconds?|secs?)/i;

/** "1s", "6m0s", "20ms", "2m59.56s", a number of seconds, a point in time; undefined for anything else. */
export function parseWait(text: string, nowMs: number): number | undefined {
  const value = text.trim().toLowerCase();
  if (DURATION.test(value)) return parseDuration(value);
  if (/^\d+(\.\d+)?$/.test(value)) {
    const number = Number(value);
    if (number >= EPOCH_MS_FROM) return Math.max(0, number - nowMs);
    return number >= EPOCH_SECONDS_FROM ? Math.max(0, number * 1_000 - nowMs) : number * 1_000;
  }
  const date = /[a-z]{3}|\d{4}-\d{2}/.test(value) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function parseDuration(value: string): number {
  let total = 0;
  for (const [, number, unit] of value.matchAll(DURATION_PART))
    total += Number(number) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
}

/** Buckets that are used up are the ones that count; where nobody says which, the longest wait does. */
function bucketWait(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const waits: number[] = [];
  let anyUsedUp = false;
  for (const [name, value] of Object.entries(headers)) {
    const bucket = /^x-ratelimit-reset(.*)$/.exec(name);
    if (bucket === null) continue;
    const wait = parseWait(value, nowMs);
    if (wait === undefined) continue;
    const remaining = headers[`x-ratelimit-remaining${bucket[1] ?? ''}`];
    const usedUp = remaining !== undefined && Number(remaining) <= 0;
    if (usedUp && !anyUsedUp) waits.length = 0;
    anyUsedUp ||= usedUp;
    if (usedUp || !anyUsedUp) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/**
 * Milliseconds to wait, from the headers (lower-case names) or, where they are silent, the error's message. The
 * server's own `date` header is the clock for points in time, so that a wrong local clock does no harm.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  message: string,
  nowMs: number,
): number | undefined {
  const serverMs = Date.parse(headers.date ?? '');
  const now = Number.isNaN(serverMs) ? nowMs : serverMs;
  const exact = headers['retry-after-ms'];
  const wait =
    (exact !== undefined && /^\d+(\.\d+)?$/.test(exact) ? Number(exact) : undefined) ??
    (headers['retry-after'] === undefined ? undefined : parseWait(headers['retry-after'], now)) ??
    bucketWait(headers, now) ??
    waitInMessage(message);
  return wait === undefined ? undefined : Math.min(Math.ceil(wait), RETRY_AFTER_MAX_MS);
}

function waitInMessage(message: string): number | undefined {
  const duration = TRY_AGAIN.exec(message)?.[1]?.replace(/\s/g, '').toLowerCase();
  if (duration !== undefined) return parseDuration(duration);
  const seconds = TRY_AGAIN_SECONDS.exec(message)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
