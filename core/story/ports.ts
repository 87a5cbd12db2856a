/**
 * What a story may ask of the world: the activities, by name, with the data that crosses. Workflows know activities
 * only through this file. Everything here ends up in a workflow's history, so it is ids, counts and artifact names.
 */
import type { Block, JobState, OutcomeState, RowCounts } from './vocabulary';

/** The argument of every strategy's workflow. */
export interface JobRef {
  readonly jobId: string;
}

/** Where an activity belongs: the job, and the epoch of the run that asks. */
export interface RunRef {
  readonly jobId: string;
  readonly epoch: number;
}

export interface OpenJobInput {
  readonly jobId: string;
  /** Temporal's id of this execution: a repeated `openJob` of one run does not raise the epoch again. */
  readonly runId: string;
}
export interface OpenJobResult {
  readonly epoch: number;
  readonly tenant: string;
  readonly strategy: string;
  /** `provider/model` of the role that does the work. */
  readonly model: string;
  /** Scalars that the story branches on; typed by the strategy's `story.ts`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** A job paused before this run started stays paused. */
  readonly paused: boolean;
  /** Present where a stage's first calls go through provider batches. */
  readonly mode?: 'batch';
  /** The job cannot be read as it is: a person has to repair something first. */
  readonly block?: Block;
}

export interface StageRef extends RunRef {
  readonly stage: string;
}
/** A stage's plan; `plan` counts its tranches from 0. */
export interface PlanRef extends StageRef {
  readonly plan: number;
}

export interface PlanResult {
  readonly planned: number;
  readonly concurrency: number;
  readonly priority: number;
  /** True when every row has its outcome already: nothing to generate. */
  readonly finished: boolean;
  /** The stage ends with a conclusion over all its rows. */
  readonly concludes?: true;
  readonly block?: Block;
}

/** Rows [from, to) of one plan. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}
export interface BatchInput extends PlanRef, RowRange {}

/** Why a batch came back before its last row. */
export type BatchStop = 'time' | 'gate' | 'paused' | 'fenced' | 'blocked';

export interface BatchResult {
  /** First row of the range that may still be open; `to` when all have their outcome. */
  readonly next: number;
  /** Outcomes this batch wrote. */
  readonly accepted: number;
  readonly rejected: number;
  readonly failed: number;
  /** Tokens in and out and dollars this batch paid for. */
  readonly tokens: number;
  readonly costUsd: number;
  /** What people wish now; a change acts on the lanes at once. */
  readonly concurrency?: number;
  readonly priority?: number;
  readonly stop?: BatchStop;
  /** With `gate`: wait this long before the rest is scheduled. */
  readonly notBeforeMs?: number;
  readonly block?: Block;
}

/** The verdict over a whole stage or tranche, also given for a stage that had finished before. */
export interface StageResult extends RowCounts {
  /** Small scalars for the story and the report. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** A gate's standing answer, given in this or an earlier run. */
  readonly choice?: string;
  readonly block?: Block;
}

export interface RecordStateInput extends RunRef {
  readonly state: JobState;
  readonly stage?: string;
  readonly block?: Block;
  readonly message?: string;
}

/** What people wish at the moment a state is recorded: the database, not the run, decides whether a job is paused. */
export interface ControlView {
  readonly paused: boolean;
}

export interface FinishInput extends PlanRef {
  /** No further tranche follows. */
  readonly over: boolean;
}

export interface JobSummary extends RowCounts {
  readonly jobId: string;
  readonly records: number;
  readonly datasetHash: string;
}

/** One training or evaluation: a row of its stage's plan. */
export interface StudentRowInput extends PlanRef {
  readonly row: number;
}
export interface StudentRowResult {
  /** Written by this call; absent where the row had its outcome already, or has none yet. */
  readonly outcome?: OutcomeState;
  /** The row is still open. */
  readonly stop?: Exclude<BatchStop, 'gate'>;
  readonly block?: Block;
}

/** Asks for the next provider batches of a plan, from this row on. */
export interface IntendInput extends PlanRef {
  readonly from: number;
  /** Batches that the asking run follows already. */
  readonly known: readonly string[];
}
/** Why a plan's provider batches are left alone for now. */
export type ProviderBatchStop = 'paused' | 'fenced' | 'blocked';

export interface IntendResult {
  /** First row that was not looked at. */
  readonly next: number;
  /** Batches to follow, also those of an earlier run. */
  readonly batches: readonly string[];
  /** With a budget that holds no further batch while others are open: look again then. */
  readonly againAfterMs?: number;
  readonly stop?: ProviderBatchStop;
  readonly block?: Block;
}

export interface ProviderBatchRef extends PlanRef {
  readonly batch: string;
  /** How often this was asked before: the waits grow with it. */
  readonly looks: number;
}

export interface ProviderBatchStep {
  readonly done: boolean;
  /** Before it is asked again; with `done`, before its rows are put into another batch. */
  readonly againAfterMs?: number;
  readonly stop?: ProviderBatchStop;
  readonly block?: Block;
  /** For people: what the provider says, and how far it is. */
  readonly says?: string;
  readonly answered?: number;
  readonly requests?: number;
  /** Rows from here on want another batch: this one came to nothing for a reason that has passed. */
  readonly reopenFrom?: number;
}

/** The activities. Retries, timeouts and queues stand in `workflows/activity-options.ts`. */
export interface Activities {
  /** First step of a run: validates the frozen body again and takes the job over from older runs. */
  openJob(input: OpenJobInput): Promise<OpenJobResult>;
  /** Writes the immutable list of rows of a stage or tranche, once. */
  planStage(input: PlanRef): Promise<PlanResult>;
  /** Drives the open rows of a range to their outcomes. */
  generateBatch(input: BatchInput): Promise<BatchResult>;
  /** Counts a plan's outcomes, judges shortfall, and closes the tranche. */
  finishStage(input: FinishInput): Promise<StageResult>;
  /** Trains one student, or finds that it has been trained before. */
  trainStudent(input: StudentRowInput): Promise<StudentRowResult>;
  /** Has one trained student predict one collection. */
  evaluateStudent(input: StudentRowInput): Promise<StudentRowResult>;
  /** As `finishStage`, with what follows from all the rows: a pure function over streams. */
  concludeStage(input: FinishInput): Promise<StageResult>;
  /** Runs a pure transform over whole streams. */
  transformStage(input: StageRef): Promise<StageResult>;
  /** Writes dataset, card and report, and the job's terminal summary. */
  publishDataset(input: RunRef): Promise<JobSummary>;
  /** Makes a change of state visible in the database, which decides what a job's state is. */
  recordState(input: RecordStateInput): Promise<ControlView>;
  /** Claims the first calls of a plan's next rows for a provider batch, with their money; nothing is sent yet. */
  intendProviderBatch(input: IntendInput): Promise<IntendResult>;
  /** Uploads a batch's requests and starts it, or finds the one that an attempt of unknown end has started. */
  submitProviderBatch(input: ProviderBatchRef): Promise<ProviderBatchStep>;
  /** Asks the provider how far a batch is; done when it has ended, however. */
  pollProviderBatch(input: ProviderBatchRef): Promise<ProviderBatchStep>;
  /** Takes an ended batch's answers into the ledger and lets go of the calls that got none. */
  collectProviderBatch(input: ProviderBatchRef): Promise<ProviderBatchStep>;
  /** Cancels whatever batches a job that ends has open, as far as the provider answers. */
  withdrawProviderBatches(input: RunRef): Promise<void>;
}

/** Task queues, one a kind of worker process. */
export const QUEUES = {
  orchestrator: 'perennial-orchestrator',
  generator: 'perennial-generator',
  transformer: 'perennial-transformer',
  trainer: 'perennial-trainer',
} as const;

/** The child workflow that generates the rows of one plan. */
export interface GenerateInput extends PlanRef {
  readonly planned: number;
  /** Calls in flight wanted; decides how many lanes are kept busy. */
  readonly concurrency: number;
  /** 1 (first) to 5 (last). */
  readonly priority: number;
  /** First row not yet handed to a lane. */
  readonly cursor: number;
  /** Ranges that came back early. */
  readonly returned: readonly RowRange[];
  readonly counts: RowCounts;
  readonly runs: number;
}
export interface GenerateResult {
  readonly stop?: 'paused' | 'fenced' | 'blocked';
  readonly block?: Block;
  readonly cursor: number;
  readonly returned: readonly RowRange[];
  readonly counts: RowCounts;
}

/** The child workflow of the trainings or evaluations of one stage. */
export interface StudentRowsInput extends PlanRef {
  readonly kind: 'train' | 'evaluate';
  readonly planned: number;
  readonly priority: number;
  /** First row not yet handed to a lane. */
  readonly cursor: number;
  /** Rows that came back open. */
  readonly returned: readonly number[];
  readonly counts: RowCounts;
  readonly runs: number;
}
export interface StudentRowsResult {
  readonly stop?: 'paused' | 'fenced' | 'blocked';
  readonly block?: Block;
  readonly counts: RowCounts;
}

/** The child workflow that has the first calls of one plan answered by provider batches. */
export interface ProviderBatchInput extends PlanRef {
  readonly planned: number;
  /** First row whose calls were not looked at. */
  readonly cursor: number;
  readonly runs: number;
}
export interface ProviderBatchResult {
  readonly stop?: ProviderBatchStop;
  readonly block?: Block;
  /** Batches that the provider still works on. */
  readonly open: number;
}
/** Ends a wait for a provider: something was wished. */
export const WAKE_SIGNAL = 'wake';

/** The handlers every strategy's workflow has. The API writes its wish to the database before it sends one. */
export const PAUSE_UPDATE = 'pause';
export const RESUME_UPDATE = 'resume';
export const FAIL_UPDATE = 'fail';
export const PROGRESS_SIGNAL = 'progress';

export interface ResumeInput {
  /** One of the block's choices; none is `retry`. */
  readonly choice?: string;
}
