/** The children that do the rows of a stage. Each comes back early when the job is paused or blocked, and is then asked again. */
import { type ChildWorkflowHandle, executeChild, startChild } from '@temporalio/workflow';
import { type GenerateResult, type PlanResult, WAKE_SIGNAL } from '../core/story/ports';
import { NO_ROWS } from '../core/story/vocabulary';
import { generate } from './generate';
import { providerBatch } from './provider-batch';
import type { RunState } from './run-state';
import { studentRows } from './student-rows';

export class RowChildren {
  #batches: ChildWorkflowHandle<typeof providerBatch> | undefined;

  constructor(private readonly run: RunState) {
    // Its waits for a provider are minutes long: a wish is not to wait for their end.
    run.onWish = () => void this.#batches?.signal(WAKE_SIGNAL).catch(() => undefined);
  }

  /** Keeps lanes of batches busy until every row of a plan has its outcome. */
  async generate(name: string, plan: number, { planned, concurrency, priority }: PlanResult): Promise<void> {
    const workflowId = this.#childId(plan > 0 ? `${name}.${plan}` : name);
    let rest: GenerateResult = { cursor: 0, returned: [], counts: { ...NO_ROWS, planned } };
    for (;;) {
      const { cursor, returned, counts } = rest;
      const input = {
        ...this.run.ref,
        stage: name,
        plan,
        planned,
        concurrency,
        priority,
        cursor,
        returned,
        counts,
        runs: 1,
      };
      rest = await executeChild(generate, {
        workflowId,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${name} · ${planned} rows`,
      });
      this.run.progress(rest.counts);
      if (!rest.stop) return;
      await this.run.heed(rest);
    }
  }

  /** Has the plan's first calls answered by provider batches; what it leaves over goes online. */
  async askInBatches(name: string, plan: number, { planned }: PlanResult): Promise<void> {
    const workflowId = this.#childId(`${plan > 0 ? `${name}.${plan}` : name}/batch`);
    for (;;) {
      this.#batches = await startChild(providerBatch, {
        workflowId,
        args: [{ ...this.run.ref, stage: name, plan, planned, cursor: 0, runs: 1 }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${name} · provider batches`,
      });
      const rest = await this.#batches.result();
      this.#batches = undefined;
      this.run.note(rest.open > 0 ? `${rest.open} provider batches go on at the provider` : undefined);
      if (!rest.stop) return;
      await this.run.heed(rest);
    }
  }

  /** Trains, or has predict, until every row has its outcome. */
  async students(name: string, kind: 'train' | 'evaluate', { planned, priority }: PlanResult): Promise<void> {
    const counts = { ...NO_ROWS, planned };
    const input = { ...this.run.ref, stage: name, plan: 0, kind, planned, priority };
    for (;;) {
      const rest = await executeChild(studentRows, {
        workflowId: this.#childId(name),
        args: [{ ...input, cursor: 0, returned: [], counts, runs: 1 }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${name} · ${planned} students`,
      });
      this.run.progress(rest.counts);
      if (!rest.stop) return;
      await this.run.heed(rest);
    }
  }

  #childId(name: string): string {
    const { epoch, jobId } = this.run.ref;
    return `${jobId}/${name}${epoch > 1 ? `~${epoch}` : ''}`;
  }
}
