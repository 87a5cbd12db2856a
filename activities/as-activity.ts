import { CancelledFailure, Context, heartbeat } from '@temporalio/activity';
import { isPassedThrough, throwVerdict, verdictOf } from './failures';

const HEARTBEAT_EVERY_MS = 1_000;

/** Shows people what an activity is about, with its next heartbeat. */
export type Show = (details: string) => void;

/** A function of ours as an activity: a heartbeat by timer from its first line, and every error mapped once. */
export function asActivity<Input extends object, Result>(
  run: (input: Input, show: Show) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const range = rangeOf(input);
    let details = range;
    const show: Show = (more) => (details = `${range} ${more}`);
    heartbeat(details);
    const timer = setInterval(() => heartbeat(details), HEARTBEAT_EVERY_MS);
    try {
      return await run(input, show);
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
  const { stage, plan, from, to, row } = input as Partial<Record<string, number>> & { stage?: string };
  const name = [stage, plan].filter((part) => part !== undefined).join('.');
  if (row !== undefined) return `${name} row ${row}`;
  return from === undefined || to === undefined ? name : `${name} rows ${from}-${to - 1}`;
}
