/** Transport faults of the mock endpoint: they depend on arrival, never on content. */
import { z } from 'zod';
import { mulberry32 } from '../../../core/random';
import { CAP_KINDS, RequestCap } from './mock-cap';

export const FAULT_KINDS = [
  '429',
  '500',
  '503',
  'hang',
  'cut',
  'out-of-funds',
  'model-gone',
  'key-rejected',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const LIST_MAX = 100_000;
const share = z.number().min(0).max(1);

export const mockFaultsSchema = z.strictObject({
  /** Of all arrivals, by kind. */
  shares: z.partialRecord(z.enum(FAULT_KINDS), share).exactOptional(),
  /** What the next arrivals get, in order, before shares apply; `ok` lets one pass. */
  list: z
    .array(z.enum(['ok', ...FAULT_KINDS]))
    .max(LIST_MAX)
    .exactOptional(),
  /** Sent with 429 and 503; without it they come without `retry-after`. */
  retryAfterSeconds: z.number().min(0).exactOptional(),
  /** What exceeds this cap gets 429. */
  requestsPerSecondMax: z.int().positive().exactOptional(),
  /**
   * `fixed-window` (the default) counts anew every second. `token-bucket` holds a tenth of a second's calls, at least
   * one, and is full at its start.
   */
  capKind: z.enum(CAP_KINDS).exactOptional(),
  /** False: a 429 of the cap comes without `retry-after`, that of a share still with it. */
  capRetryAfter: z.boolean().exactOptional(),
  /** A share of answers that take another time. */
  slow: z.strictObject({ share, latencyMs: z.number().min(0) }).exactOptional(),
});
export type MockFaults = z.infer<typeof mockFaultsSchema>;

export interface CannedAnswer {
  readonly status: number;
  readonly body: string;
}

const error = (status: number, message: string, type: string, code: string | null): CannedAnswer => ({
  status,
  body: JSON.stringify({ error: { message, type, param: null, code } }),
});

export const CANNED: Readonly<Record<Exclude<FaultKind, 'hang' | 'cut'>, CannedAnswer>> = {
  '429': error(429, 'Rate limit reached for requests.', 'requests', 'rate_limit_exceeded'),
  '500': error(500, 'The server had an error while processing your request.', 'server_error', null),
  '503': error(503, 'The engine is currently overloaded.', 'server_error', null),
  'out-of-funds': error(429, 'You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota'),
  'model-gone': error(404, 'The model does not exist.', 'invalid_request_error', 'model_not_found'),
  'key-rejected': error(401, 'Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
};

/** What becomes of an arrival that is not answered. */
export interface Fault {
  readonly kind: FaultKind;
  /** Sent as `retry-after`. */
  readonly retryAfterSeconds?: number;
}

const WAITS: readonly FaultKind[] = ['429', '503'];

/** Draws the fate of each arrival; equal faults and equal numbers of arrivals give equal fates. */
export class FaultDraws {
  private random;
  private list: readonly (FaultKind | 'ok')[] = [];
  private listed = 0;
  private shares: readonly (readonly [FaultKind, number])[] = [];
  private readonly cap = new RequestCap();

  constructor(
    private faults: MockFaults,
    private readonly seed: number,
  ) {
    this.random = mulberry32(seed);
    this.set(faults);
  }

  /** Draws begin anew, so that whatever is compared meets the same luck. A cap's count goes on. */
  set(faults: MockFaults): void {
    this.faults = faults;
    this.random = mulberry32(this.seed);
    this.list = faults.list ?? [];
    this.listed = 0;
    this.shares = Object.entries(faults.shares ?? {}) as [FaultKind, number][];
  }

  /** The latency of this answer, where it differs from the usual one. */
  slowMs(): number | undefined {
    const { slow } = this.faults;
    return slow !== undefined && this.random.next() / 2 ** 32 < slow.share ? slow.latencyMs : undefined;
  }

  next(nowMs: number): Fault | undefined {
    const listed = this.list[this.listed];
    if (listed !== undefined) {
      this.listed += 1;
      return listed === 'ok' ? undefined : this.fault(listed);
    }
    const { requestsPerSecondMax, capKind, capRetryAfter } = this.faults;
    if (requestsPerSecondMax !== undefined && !this.cap.admits(nowMs, requestsPerSecondMax, capKind))
      return capRetryAfter === false ? { kind: '429' } : this.fault('429');
    if (this.shares.length === 0) return undefined;
    let luck = this.random.next() / 2 ** 32;
    for (const [kind, size] of this.shares) {
      if (luck < size) return this.fault(kind);
      luck -= size;
    }
    return undefined;
  }

  private fault(kind: FaultKind): Fault {
    const { retryAfterSeconds } = this.faults;
    return WAITS.includes(kind) && retryAfterSeconds !== undefined ? { kind, retryAfterSeconds } : { kind };
  }
}
