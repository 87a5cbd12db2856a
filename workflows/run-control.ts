/**
 * What every story has in common: one run of a job that can be paused, blocked, resumed, given up and cancelled, and
 * that shows where it is. Stages are asked for by name; what they do stands in the strategy's `stages.ts`.
 */
import { allHandlersFinished, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { JobSummary, StageResult } from '../core/story/ports';
import { NO_ROWS, openRows } from '../core/story/vocabulary';
import { activity } from './activity-options';
import { rowsLine } from './details';
import { RowChildren } from './row-children';
import { RunState } from './run-state';

/** The run of this workflow execution; what ends it is made visible by {@link closeRun}. */
let current: Run | undefined;

/** Opens a run: handlers first, so that no wish is missed, then the job. */
export async function openRun<Facts = Record<string, never>>(jobId: string): Promise<Run<Facts>> {
  const run = new Run<Facts>(jobId);
  current = run as unknown as Run;
  await run.open();
  return run;
}

/** Whatever a story throws becomes the job's visible end. Called by the interceptor of every story. */
export async function closeRun(error: unknown): Promise<void> {
  await CancellationScope.nonCancellable(async () => current?.end(error));
}

export class Run<Facts = Record<string, never>> {
  readonly #run: RunState;
  readonly #children: RowChildren;

  constructor(jobId: string) {
    this.#run = new RunState(jobId);
    this.#children = new RowChildren(this.#run);
  }

  /** Scalars of the job that the story branches on. */
  get facts(): Facts {
    return this.#run.opened!.facts as Facts;
  }

  open(): Promise<void> {
    return this.#run.open();
  }

  /** Runs a transform; blocks where the transform asks a person, whose answer is the result's `choice`. */
  async stage(name: string): Promise<StageResult> {
    await this.#run.enter(name);
    const result = await this.#run.judged(name, () =>
      activity('transformStage', name)({ ...this.#run.ref, stage: name }),
    );
    const { planned, accepted, rejected, failed } = result;
    const rows = planned > 0 ? `${rowsLine(result)}; ` : '';
    this.#run.leave(
      name,
      { planned, accepted, rejected, failed },
      `**${name}** ${rows}${factsLine(result.facts)}`,
    );
    return result;
  }

  /**
   * Plans and generates the rows of a stage, or of one tranche of it.
   * @returns its counts; `planned: 0` ends a stage that comes in tranches
   */
  async generate(name: string, tranche?: number): Promise<StageResult> {
    await this.#run.enter(name);
    const ref = { ...this.#run.ref, stage: name, plan: tranche ?? 0 };
    const plan = await this.#run.judged(name, () => activity('planStage', `${name} plan ${ref.plan}`)(ref));
    this.#run.progress({ ...NO_ROWS, planned: plan.planned });
    const finish = { ...ref, over: tranche === undefined || plan.planned === 0 };
    const verb = plan.concludes ? 'concludeStage' : 'finishStage';
    let result: StageResult;
    let done = plan.finished;
    do {
      if (!done && this.#run.opened!.mode === 'batch')
        await this.#children.askInBatches(name, ref.plan, plan);
      if (!done) await this.#children.generate(name, ref.plan, plan);
      result = await this.#run.judged(name, () => activity(verb, `${name} plan ${ref.plan}`)(finish));
      done = openRows(result) === 0;
    } while (!done); // rows were opened again by a retry, or a power cut took the ledger's last moments
    this.#leaveRows(tranche === undefined ? name : `${name}.${tranche}`, name, result);
    return result;
  }

  /** Trains the students of a stage, each from nothing. */
  train(name: string): Promise<StageResult> {
    return this.#students(name, 'train');
  }

  /** Has trained students predict, and concludes from it. */
  evaluate(name: string): Promise<StageResult> {
    return this.#students(name, 'evaluate');
  }

  async publish(): Promise<JobSummary> {
    await this.#run.enter('publish');
    const summary = await this.#run.insist('publish', () =>
      activity('publishDataset', 'dataset, card, report')(this.#run.ref),
    );
    this.#run.succeed(`**dataset** ${summary.records} records, SHA-256 ${summary.datasetHash.slice(0, 12)}…`);
    await condition(allHandlersFinished);
    return summary;
  }

  /** Records how a run ended that did not succeed. */
  async end(error: unknown): Promise<void> {
    this.#run.close();
    if (!this.#run.opened) return; // never took the job over: nothing to say about it
    const cancelled = isCancellation(error);
    const message =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error);
    if (this.#run.opened.mode === 'batch')
      await activity(
        'withdrawProviderBatches',
        'cancel provider batches',
      )(this.#run.ref).catch(() => undefined);
    await this.#run.record(cancelled ? 'cancelled' : 'failed', cancelled ? {} : { message });
    await condition(allHandlersFinished);
  }

  async #students(name: string, kind: 'train' | 'evaluate'): Promise<StageResult> {
    await this.#run.enter(name);
    const ref = { ...this.#run.ref, stage: name, plan: 0 };
    const plan = await this.#run.judged(name, () => activity('planStage', name)(ref));
    this.#run.progress({ ...NO_ROWS, planned: plan.planned });
    const verb = kind === 'train' ? 'finishStage' : 'concludeStage';
    let result: StageResult;
    let done = plan.finished;
    do {
      if (!done) await this.#children.students(name, kind, plan);
      result = await this.#run.judged(name, () => activity(verb, name)({ ...ref, over: true }));
      done = openRows(result) === 0;
    } while (!done);
    this.#leaveRows(name, name, result);
    return result;
  }

  #leaveRows(shown: string, name: string, result: StageResult): void {
    const { planned, accepted, rejected, failed } = result;
    this.#run.leave(name, { planned, accepted, rejected, failed }, `**${shown}** ${rowsLine(result)}`);
  }
}

function factsLine(facts: Readonly<Record<string, unknown>>): string {
  const scalars = Object.entries(facts).filter(
    ([, value]) => typeof value === 'number' || typeof value === 'string',
  );
  return scalars
    .slice(0, 6)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
