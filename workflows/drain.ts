import { workflowInfo } from '@temporalio/workflow';

/**
 * Runs `step` over work from `take` in `lanes` lanes until there is none left, `stop` says so, or the server suggests
 * to continue as new. Every step that began is awaited: on return nothing is in flight. The first error is rethrown
 * after that.
 */
export async function drain<Work>(
  lanes: number,
  take: () => Work | undefined,
  step: (work: Work) => Promise<void>,
  stop: () => boolean,
): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (!failed && !stop() && !workflowInfo().continueAsNewSuggested) {
      const work = take();
      if (work === undefined) return;
      try {
        await step(work);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failed) throw failed.error;
}
