/** What the API asks of Temporal, apart from how: `temporal-workflows.ts` is the real one. */
import type { ResumeInput } from '../core/story/ports';

export interface WorkflowStart {
  readonly jobId: string;
  readonly tenant: string;
  readonly strategy: string;
  readonly model: string;
}

/** `pending`: Temporal has it, but no worker answered in time. `gone`: there is no running workflow of this job. */
export type Delivery = 'done' | 'pending' | 'gone';

export interface WorkflowView {
  readonly status:
    'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'not-found' | 'other';
  /** Attempts of the workflow task that is pending: more than a few mean that the workflow's code fails. */
  readonly taskAttempt: number;
}

/** Every function throws Problem `temporal-unavailable` while Temporal cannot be reached. */
export interface JobWorkflows {
  /** Starts a job's workflow; one that has been started already is left alone. */
  start(job: WorkflowStart): Promise<void>;
  pause(jobId: string): Promise<Delivery>;
  /** Delivers to the running workflow, or starts a new run with the same id. `completed`: it had finished. */
  resume(job: WorkflowStart, input: ResumeInput): Promise<'done' | 'pending' | 'completed'>;
  fail(jobId: string): Promise<Delivery>;
  cancel(jobId: string): Promise<'done' | 'gone'>;
  describe(jobId: string): Promise<WorkflowView>;
  ping(): Promise<void>;
}
