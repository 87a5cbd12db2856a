/** A run in memory that notes what its story does, and ends where a block is not answered. */
import { errorExtrapolation } from '../../../../../core/strategies/error-extrapolation';
import { type Reader, stageOf } from '../../../../../core/strategy';
import type { MemoryResultOfStage, MemoryStage } from '../../../../support/memory-stage';
import { MemoryRun, type RunOptions } from '../../../../support/run-strategy';

/** A block that nobody answers ends the story here: the product would wait. */
export class Blocked extends Error {
  constructor(
    readonly stage: string,
    readonly code: string,
  ) {
    super(`${stage} is blocked: ${code}`);
  }
}

export interface StoryOptions extends RunOptions {
  /** Changes what a stage leaves behind, before the story goes on. */
  readonly spoil?: (name: string, stage: MemoryStage, run: StoryRun) => void;
}

export class StoryRun extends MemoryRun {
  /** Names of stages in the order in which they began. */
  readonly began: string[] = [];

  /** Every collection that was opened, with the stage at work then. */
  readonly reads: { readonly stage: string; readonly collection: string }[] = [];

  constructor(private readonly given: StoryOptions) {
    super(errorExtrapolation, given);
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
    return this.#checked(name, async () => this.#shortOf(name, await super.generate(name, tranche)));
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
    this.given.spoil?.(name, this.stages[name]!, this);
    return result;
  }

  /** A stage that must have more rows asks a person, as the shell does. */
  #shortOf(name: string, result: MemoryResultOfStage): MemoryResultOfStage {
    const stage = stageOf(errorExtrapolation, name);
    const required = stage?.kind === 'rows' ? stage.required : undefined;
    if (typeof required !== 'object') return result;
    const { rows } = this.stages[name]!;
    const accepted = rows.filter(({ state }) => state === 'accepted').length;
    if (accepted >= required.acceptedShareMin * rows.length) return result;
    const choice = this.given.choices?.['shortfall'];
    if (choice === undefined) throw new Blocked(name, 'shortfall');
    expect(['accept', ...required.choices]).toContain(choice);
    return { ...result, choice };
  }
}
