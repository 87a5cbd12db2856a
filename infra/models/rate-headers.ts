/** What providers say of their limits in the headers of good answers. */
import { parseWait } from './retry-after';

/** Above this share of its limit a bucket is nobody's concern. */
const LOW_SHARE = 0.2;

/**
 * What a nearly empty bucket allows a second until it is refilled; undefined where the provider says nothing, or has
 * plenty left.
 * @param headers names in lower case: `x-ratelimit-limit-requests`, `-remaining-requests`, `-reset-requests`
 */
export function hintedPerSecond(
  headers: Readonly<Record<string, string>>,
  bucket: 'requests' | 'tokens',
  nowMs: number,
): number | undefined {
  const left = headers[`x-ratelimit-remaining-${bucket}`];
  if (left === undefined) return undefined;
  const [remaining, limit] = [Number(left), Number(headers[`x-ratelimit-limit-${bucket}`])];
  const resetMs = parseWait(headers[`x-ratelimit-reset-${bucket}`] ?? '', nowMs);
  if (!(remaining >= 0) || !(limit > 0) || resetMs === undefined || resetMs <= 0) return undefined;
  if (remaining >= LOW_SHARE * limit) return undefined;
  return (Math.max(remaining, 1) / resetMs) * 1_000;
}
