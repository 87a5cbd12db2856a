import { CancelledFailure, Context, heartbeat } from '@temporalio/activity';
import { isPassedThrough, throwVerdict, verdictOf } from './failures';

const HEARTBEAT_EVERY_MS = 1_000;

/** A function of ours as an activity: a heartbeat by timer from its first line, and every error mapped once. */
export function asActivity<Input extends object, Result>(
  run: (input: Input) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const details = rangeOf(input);
    heartbeat(details);
    const timer = setInterval(() => heartbeat(details), HEARTBEAT_EVERY_MS);
    try {
      return await run(input);
    } catch (error) {
      if (isPassedThrough(error)) throw error;
      if (Context.current().cancellationSignal.aborted)
        throw new CancelledFailure('the activity was cancelled');
      return throwVerdict(verdictOf(error));
    } finally {
      clearInterval(timer);
    }
  };
}

/** What the UI shows beside a heartbeat: the stage and rows it is about. */
function rangeOf(input: object): string {
  const { stage, plan, from, to } = input as { stage?: string; plan?: number; from?: number; to?: number };
  const name = [stage, plan].filter((part) => part !== undefined).join('.');
  return from === undefined || to === undefined ? name : `${name} rows ${from}-${to - 1}`;
}
