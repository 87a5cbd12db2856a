import { z } from 'zod';
import {
  PROVIDER_BATCH_BYTES_MAX,
  PROVIDER_BATCH_LOOK_FIRST_MS,
  PROVIDER_BATCH_LOOK_MAX_MS,
  PROVIDER_BATCH_RELIST_MS,
  PROVIDER_BATCH_REQUESTS_MAX,
} from '../../../core/story/limits';

/** What a provider's batch endpoint takes, where it differs from the usual; times are milliseconds. */
export const batchLimitsSchema = z.strictObject({
  requestsMax: z.int().min(1).max(PROVIDER_BATCH_REQUESTS_MAX).exactOptional(),
  bytesMax: z.int().min(1_000).max(PROVIDER_BATCH_BYTES_MAX).exactOptional(),
  /** The first and the longest wait between two looks at a batch. */
  lookFirstMs: z.int().min(10).exactOptional(),
  lookMaxMs: z.int().min(10).exactOptional(),
  /** How long a new batch may take to appear in the provider's list. */
  relistMs: z.int().min(10).exactOptional(),
});

export interface BatchLimits {
  readonly requestsMax: number;
  readonly bytesMax: number;
  readonly lookFirstMs: number;
  readonly lookMaxMs: number;
  readonly relistMs: number;
}

export const batchLimits = (configured: z.infer<typeof batchLimitsSchema> = {}): BatchLimits => ({
  requestsMax: PROVIDER_BATCH_REQUESTS_MAX,
  bytesMax: PROVIDER_BATCH_BYTES_MAX,
  lookFirstMs: PROVIDER_BATCH_LOOK_FIRST_MS,
  lookMaxMs: PROVIDER_BATCH_LOOK_MAX_MS,
  relistMs: PROVIDER_BATCH_RELIST_MS,
  ...configured,
});

/** The wait after so many looks. */
export const lookAgainMs = ({ lookFirstMs, lookMaxMs }: BatchLimits, looks: number): number =>
  Math.min(lookMaxMs, lookFirstMs * 2 ** Math.min(looks, 20));
