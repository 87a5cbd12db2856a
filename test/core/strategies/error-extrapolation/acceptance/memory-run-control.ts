/** Stands in for `workflows/run-control`: the story's verbs over a run in memory. */
import { errorExtrapolation } from '../../../../../core/strategies/error-extrapolation';
import type { Reader } from '../../../../../core/strategy';
import { MemoryRun } from '../../../../support/run-strategy';
import type { RunOptions } from '../../../../support/run-strategy';

export const JOB = 'job-in-memory';

/** A block that nobody answers ends the story here: the product would wait. */
export class Blocked extends Error {
  constructor(
    readonly stage: string,
    readonly code: string,
  ) {
    super(`${stage} is blocked: ${code}`);
  }
}

export class StoryRun extends MemoryRun {
  /** Names of stages in the order in which they began. */
  readonly began: string[] = [];

  /** Every collection that was opened, with the stage at work then. */
  readonly reads: { readonly stage: string; readonly collection: string }[] = [];

  constructor(options: RunOptions) {
    super(errorExtrapolation, options);
  }

  override get read(): Reader {
    const reader = super.read;
    const note = (collection: string): void => {
      this.reads.push({ stage: this.began.at(-1) ?? '', collection });
    };
    return {
      ...reader,
      collection: <T>(name: string) => {
        note(name);
        return reader.collection<T>(name);
      },
      items: <T>(name: string, ordinals: readonly number[]) => {
        note(name);
        return reader.items<T>(name, ordinals);
      },
    };
  }

  override generate(name: string, tranche?: number) {
    return this.#checked(name, () => super.generate(name, tranche));
  }
  override stage(name: string) {
    return this.#checked(name, () => super.stage(name));
  }
  override train(name: string) {
    return this.#checked(name, () => super.train(name));
  }
  override evaluate(name: string) {
    return this.#checked(name, () => super.evaluate(name));
  }

  async #checked<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    this.began.push(name);
    const result = await run();
    const block = this.stages[name]?.block;
    if (block !== undefined) throw new Blocked(name, block.code);
    return result;
  }
}

let current: StoryRun | undefined;

export function useRun(run: StoryRun): void {
  current = run;
}

/** The story's facts are scalars; those of the run are all that a stage may know. */
export function openRun(): Promise<unknown> {
  const run = current!;
  const verbs = {
    facts: errorExtrapolation.facts(run.facts.params),
    generate: (name: string, tranche?: number) => run.generate(name, tranche),
    stage: (name: string) => run.stage(name),
    train: (name: string) => run.train(name),
    evaluate: (name: string) => run.evaluate(name),
    publish: () => Promise.resolve({ jobId: JOB }),
  };
  return Promise.resolve(verbs);
}
