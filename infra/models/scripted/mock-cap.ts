/** A provider's cap of requests a second, in the two shapes that providers give it. */

export const CAP_KINDS = ['fixed-window', 'token-bucket'] as const;
export type CapKind = (typeof CAP_KINDS)[number];

const WINDOW_MS = 1_000;
/** A bucket's size in seconds of its rate: little, so that a burst costs the caller at once. */
const BUCKET_SECONDS = 0.1;

/** The cap may change from call to call; what was used of it counts on. */
export class RequestCap {
  private windowStartMs = 0;
  private windowCount = 0;
  private tokens = Infinity;
  private filledAtMs = 0;

  /** @returns false for a call above the cap; such calls use nothing of it up */
  admits(nowMs: number, perSecondMax: number, kind: CapKind = 'fixed-window'): boolean {
    return kind === 'fixed-window' ? this.inWindow(nowMs, perSecondMax) : this.inBucket(nowMs, perSecondMax);
  }

  /** Windows follow each other without a gap from the first call on, as those of a clock do. */
  private inWindow(nowMs: number, perSecondMax: number): boolean {
    const passed = Math.floor((nowMs - this.windowStartMs) / WINDOW_MS);
    if (this.windowStartMs === 0) this.windowStartMs = nowMs;
    else if (passed >= 1) {
      this.windowStartMs += passed * WINDOW_MS;
      this.windowCount = 0;
    }
    if (this.windowCount >= perSecondMax) return false;
    this.windowCount += 1;
    return true;
  }

  private inBucket(nowMs: number, perSecondMax: number): boolean {
    const size = Math.max(1, perSecondMax * BUCKET_SECONDS);
    const gained = ((nowMs - this.filledAtMs) / 1_000) * perSecondMax;
    this.tokens = Math.min(size, this.tokens + gained);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
