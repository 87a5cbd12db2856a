/** Any error of an activity becomes one of three things: a block for a person, a retry, or a bug that waits for its fix. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Problem } from '../core/problem';
import { MESSAGE_CHARACTERS_MAX } from '../core/story/limits';
import { isAway, isFull } from '../infra/database/away';

export type FailureVerdict =
  | { readonly kind: 'retry'; readonly message: string }
  | { readonly kind: 'block'; readonly code: string; readonly message: string; readonly stack?: string };

/** Frames of a stack that a person needs. */
const STACK_LINES_MAX = 6;

export function verdictOf(error: unknown): FailureVerdict {
  const cause = error instanceof Error ? error : new Error(String(error));
  const message = cause.message.slice(0, MESSAGE_CHARACTERS_MAX);
  if (cause instanceof Problem) return { kind: 'block', code: cause.code, message };
  if (isFull(cause)) {
    const words = `the disk is full (${message}). Free some space, then resume.`;
    return { kind: 'block', code: 'storage-full', message: words };
  }
  if (isAway(cause)) return { kind: 'retry', message };
  return { kind: 'block', code: 'internal', message: `${cause.name}: ${message}`, stack: shortStack(cause) };
}

/** @throws always: what Temporal is told */
export function throwVerdict(verdict: FailureVerdict): never {
  if (verdict.kind === 'retry') throw ApplicationFailure.retryable(verdict.message, 'away');
  throw ApplicationFailure.nonRetryable(verdict.message, verdict.code, verdict.stack ?? '');
}

export function isPassedThrough(error: unknown): boolean {
  return error instanceof CancelledFailure || error instanceof ApplicationFailure;
}

/** Function names and files without the folders before the program's own: stacks end up in histories and reports. */
function shortStack(error: Error): string {
  const lines = (error.stack ?? '').split('\n').slice(1, STACK_LINES_MAX + 1);
  return lines
    .map((line) =>
      line.trim().replace(/\(?(?:file:\/\/)?\/\S*?\/((?:lib\/|node_modules\/)?[^/\s]+\/[^/\s]+)\)?$/, '$1'),
    )
    .join('\n');
}
