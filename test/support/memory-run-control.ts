/** Stands in for `workflows/run-control`: a story's verbs over a run in memory. Test files mock the one with the other. */
import type { Strategy } from '../../core/strategy';
import type { MemoryRun } from './run-strategy';

export const JOB = 'job-in-memory';

let current: { readonly strategy: Strategy; readonly run: MemoryRun } | undefined;

/** The next story that opens a run gets this one. */
export function useRun(strategy: Strategy, run: MemoryRun): void {
  current = { strategy, run };
}

/** The story's facts are scalars; those of the run are all that a stage may know. */
export function openRun(): Promise<unknown> {
  const { strategy, run } = current!;
  const verbs = {
    facts: strategy.facts(run.facts.params),
    generate: (name: string, tranche?: number) => run.generate(name, tranche),
    stage: (name: string) => run.stage(name),
    train: (name: string) => run.train(name),
    evaluate: (name: string) => run.evaluate(name),
    publish: () => Promise.resolve({ jobId: JOB }),
  };
  return Promise.resolve(verbs);
}
