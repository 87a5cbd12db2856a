import { condition, getExternalWorkflowHandle, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { PROVIDER_BATCH_LOOK_FIRST_MS, PROVIDER_BATCHES_OPEN_MAX } from '../core/story/limits';
import {
  PROGRESS_SIGNAL,
  type ProviderBatchInput,
  type ProviderBatchResult,
  type ProviderBatchStep,
} from '../core/story/ports';
import { NO_ROWS } from '../core/story/vocabulary';
import { activity } from './activity-options';
import { blockOfFailure } from './block-of-failure';
import { batchLine } from './details';

type StepName = 'submitProviderBatch' | 'pollProviderBatch' | 'collectProviderBatch';

/** How often the job is told how far its batches are. */
const PROGRESS_STEPS = 20;

/** The provider batches of one plan, a few at a time, each through its steps: intend, submit, poll, collect. */
export class PlanBatches {
  end: Pick<ProviderBatchResult, 'stop' | 'block'> | undefined;
  cursor: number;
  /** What was last heard of each batch that is not collected. */
  readonly seen = new Map<string, ProviderBatchStep>();
  readonly #open = new Map<string, Promise<void>>();
  #failed: { readonly error: unknown } | undefined;
  #wakes = 0;
  #told = '';

  constructor(private readonly input: ProviderBatchInput) {
    this.cursor = input.cursor;
  }

  wake(): void {
    this.#wakes += 1;
  }

  async run(): Promise<void> {
    const { planned } = this.input;
    while (!this.#over() && (this.cursor < planned || this.#open.size > 0)) {
      if (this.cursor < planned && this.#open.size < PROVIDER_BATCHES_OPEN_MAX)
        await this.#guarded(() => this.#intend());
      else await Promise.race(this.#open.values());
    }
    await Promise.all(this.#open.values());
    if (this.#failed) throw this.#failed.error;
  }

  async #intend(): Promise<void> {
    const input = { ...this.#ref(), from: this.cursor, known: [...this.#open.keys()] };
    const summary = `${this.input.stage} rows from ${this.cursor}`;
    const { next, batches, againAfterMs, ...rest } = await activity('intendProviderBatch', summary)(input);
    this.#heed(rest);
    this.cursor = next;
    for (const batch of batches) {
      this.seen.set(batch, { done: false });
      const lane = this.#guarded(() => this.#follow(batch)).then(() => void this.#open.delete(batch));
      this.#open.set(batch, lane);
    }
    if (againAfterMs !== undefined) await this.#nap(againAfterMs);
  }

  async #follow(batch: string): Promise<void> {
    if (!(await this.#step('submitProviderBatch', batch))) return;
    if (!(await this.#step('pollProviderBatch', batch))) return;
    if (await this.#step('collectProviderBatch', batch)) this.seen.delete(batch);
  }

  /** Asks until the step is done. @returns false when the run is over first */
  async #step(name: StepName, batch: string): Promise<boolean> {
    for (let looks = 0; !this.#over(); looks += 1) {
      const summary = `${this.input.stage} ${batch}`;
      const result = await activity(name, summary)({ ...this.#ref(), batch, looks });
      this.#heed(result);
      await this.#tell(batch, result);
      if (result.againAfterMs !== undefined || !result.done) await this.#nap(result.againAfterMs);
      this.cursor = Math.min(this.cursor, result.reopenFrom ?? this.cursor);
      if (result.done) return true;
    }
    return false;
  }

  #heed({ stop, block }: Pick<ProviderBatchStep, 'stop' | 'block'>): void {
    if (stop) this.end ??= { stop, ...(block ? { block } : {}) };
  }

  /** Bugs block the job; everything that runs is awaited before the first error is thrown on. */
  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const block = blockOfFailure(error);
      if (block) this.#heed({ stop: 'blocked', block });
      else this.#failed ??= { error };
    }
  }

  async #nap(ms = PROVIDER_BATCH_LOOK_FIRST_MS): Promise<void> {
    const before = this.#wakes;
    await condition(() => this.#over() || this.#wakes > before, ms);
  }

  #over(): boolean {
    return this.end !== undefined || this.#failed !== undefined || workflowInfo().continueAsNewSuggested;
  }

  /** Details are free; the job's own history must stay short. */
  async #tell(batch: string, step: ProviderBatchStep): Promise<void> {
    const { stage, planned, runs } = this.input;
    this.seen.set(batch, { ...this.seen.get(batch), ...step });
    const { line, answered } = batchLine([...this.seen.values()]);
    setCurrentDetails(`- **${stage}** ${line}\n- run ${runs}`);
    const told = `${this.seen.size} ${Math.floor((PROGRESS_STEPS * answered) / planned)}`;
    const { parent } = workflowInfo();
    if (!parent || told === this.#told) return;
    this.#told = told;
    const job = getExternalWorkflowHandle(parent.workflowId);
    await job.signal(PROGRESS_SIGNAL, { stage, ...NO_ROWS, planned, note: line }).catch(() => undefined);
  }

  #ref() {
    const { jobId, epoch, stage, plan } = this.input;
    return { jobId, epoch, stage, plan };
  }
}
