import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Block } from '../core/story/vocabulary';

/**
 * The block that an activity's failure stands for: our activities throw it with the block's code as its type (a bug, a
 * full disk, input that is gone). Undefined for everything else, a cancellation for instance.
 */
export function blockOfFailure(error: unknown): Block | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const { type, message, details, nonRetryable } = error.cause;
  if (!nonRetryable || !type) return undefined;
  const stack = typeof details?.[0] === 'string' && details[0] !== '' ? [details[0]] : [];
  return { code: type, message, samples: stack, choices: ['retry'] };
}
