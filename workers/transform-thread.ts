/** A thread of the transformer. */
import {
  type FailureVerdict,
  type TransformerActivities,
  transformerActivities,
  verdictOf,
} from '../activities';
import { loadConfig } from '../infra/config';
import { openDeps } from './open-deps';

/** Errors travel as data, because classes do not survive the crossing. */
export type ThreadAnswer = { readonly result: unknown } | { readonly failure: FailureVerdict };

let opened: Promise<TransformerActivities> | undefined;

function open(): Promise<TransformerActivities> {
  opened ??= openDeps(loadConfig()).then(transformerActivities);
  opened.catch(() => (opened = undefined)); // a database that is away now may be there at the next attempt
  return opened;
}

export async function runInThread({
  name,
  input,
}: {
  name: keyof TransformerActivities;
  input: never;
}): Promise<ThreadAnswer> {
  try {
    const activities = await open();
    return { result: await activities[name](input) };
  } catch (error) {
    return { failure: verdictOf(error) };
  }
}
