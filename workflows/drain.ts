import { workflowInfo } from '@temporalio/workflow';

/**
 * Runs `step` over work from `take` in as many lanes as wanted at the moment, until there is none left, `stop` says so,
 * or the server suggests to continue as new. Every step that began is awaited: on return nothing is in flight. The
 * first error is rethrown after that.
 */
export async function drain<Work>(
  lanes: () => number,
  take: () => Work | undefined,
  step: (work: Work) => Promise<void>,
  stop: () => boolean,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  const mayGoOn = () => !failed && !stop() && !workflowInfo().continueAsNewSuggested;

  const fill = (): void => {
    while (running.size < lanes() && mayGoOn()) {
      const work = take();
      if (work === undefined) return;
      const lane: Promise<void> = step(work)
        .catch((error: unknown) => {
          failed ??= { error };
        })
        .then(() => {
          running.delete(lane);
          fill();
        });
      running.add(lane);
    }
  };
  fill();
  while (running.size > 0) await Promise.race(running);
  if (failed) throw failed.error;
}
