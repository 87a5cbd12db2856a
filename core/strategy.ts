/**
 * What a strategy is to the shell: parameters, inputs, models, prompts and stages, all as data and pure functions.
 * The shell plans, calls, commits, retries, blocks and reports; a strategy only decides.
 */
import type { z } from 'zod';
import type { Json } from './json';
import type { Problem } from './problem';
import type { Section } from './report';
import type { Block, OutcomeState, RowCounts } from './story/vocabulary';
import type { CallRequest, ChatCall, ModelFacts, Reply } from './calls';
import type { Evaluation, StudentFacts, StudentTask, Training } from './students/student';

/** A row as a plan yields it. Ids and small data only: texts are read from collections when the row is stepped. */
export interface PlannedRow<Data = Json> {
  /** Unique in the stage; derives from content (stage, sources, sample number), never from the job. */
  readonly key: string;
  /** Ordinals into the collections the row reads: `{ windows: [17] }`; see {@link RowsStage.reads}. */
  readonly sources: Readonly<Record<string, readonly number[]>>;
  readonly data: Data;
}

/** A row as the plan stores it. */
export interface Row<Data = Json> extends PlannedRow<Data> {
  /** 0-based place in its plan. */
  readonly position: number;
}

/** A row's end. A record is the accepted row with its provenance: no job id, time or attempt, so equal runs give equal bytes. */
export type Outcome =
  | { readonly state: 'accepted'; readonly record: Json; readonly tokens?: number }
  | { readonly state: 'rejected'; readonly reason: string; readonly detail?: string };

export type Step = { readonly call: CallRequest } | { readonly outcome: Outcome };

export const accept = (record: Json, tokens?: number): Step => ({
  outcome: { state: 'accepted', record, ...(tokens === undefined ? {} : { tokens }) },
});
export const reject = (reason: string, detail?: string): Step => ({
  outcome: { state: 'rejected', reason, ...(detail === undefined ? {} : { detail }) },
});
export const call = (request: CallRequest): Step => ({ call: request });

/** What stays the same for all rows of a job. */
export interface JobFacts<Params> {
  readonly params: Params;
  readonly seed: number;
  /** By role. */
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** By role: the job's `students`. */
  readonly students: Readonly<Record<string, StudentFacts>>;
  /** Prompt templates by id: the strategy's own, or the job's `params.prompts.<id>`. */
  readonly prompts: Readonly<Record<string, string>>;
}

/** An outcome of an earlier stage of the same job, with its row. */
export interface EarlierRow<Data = Json, Rec = Json> {
  readonly row: Row<Data>;
  readonly plan: number;
  readonly state: OutcomeState;
  readonly reason?: string;
  /** Of an accepted row. */
  readonly record?: Rec;
  /** Ledger keys of the calls behind the outcome, in order. */
  readonly callKeys: readonly string[];
}

/** One parsed item of an input file: a JSONL line, a CSV line, a whole TXT or MD file; or why it could not be read. */
export interface InputItem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** JSONL: the parsed value. CSV: an object of strings. TXT, MD: `{ text }`. */
  readonly value?: unknown;
  /** Set when the bytes could not be read as what the file's name says; names the fault. */
  readonly error?: string;
}

/** Streams a stage may read. Each call starts at the beginning. */
export interface Reader {
  /** The job's input of a role, file after file. */
  input(role: string): AsyncIterable<InputItem>;
  /** A collection that a transform wrote: `<stage>/<name>`. */
  collection<T>(name: string): AsyncIterable<T>;
  /** Items of a collection by ordinal, through an index and a bounded cache. */
  items<T>(name: string, ordinals: readonly number[]): Promise<T[]>;
  /** Every ended row of an earlier rows stage, in plan order (plan, then position). */
  outcomes<Data, Rec>(stage: string, plan?: number): AsyncIterable<EarlierRow<Data, Rec>>;
  /** The facts that a finished transform returned, or the counts of a finished rows stage. */
  stage(
    name: string,
  ): Promise<{ readonly counts: RowCounts; readonly facts: Readonly<Record<string, unknown>> } | undefined>;
  /** How many other jobs of the tenant are like this one; for warnings, never for what is written to a dataset. */
  otherJobs(like: JobsLike): Promise<number>;
}

/** Jobs of which a finished stage told a fact, and that have finished a later stage too. */
export interface JobsLike {
  readonly stage: string;
  readonly fact: string;
  readonly value: string;
  readonly finished: string;
}

export interface PlanContext<Params> extends JobFacts<Params> {
  readonly read: Reader;
  /** 0-based tranche. */
  readonly plan: number;
  /** What the earlier tranches of this stage, and of any stage asked for, have paid and measured. */
  spent(stage: string): Promise<StageSpending>;
}

/** Stored cost of a stage's calls, whoever paid for them first, over all its tranches. */
export interface StageSpending {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface StepContext<Params, Data> extends JobFacts<Params> {
  readonly row: Row<Data>;
  /** Items named by the row's `sources`, by collection name as in {@link RowsStage.reads}. */
  readonly sources: Readonly<Record<string, readonly unknown[]>>;
  /** Answers so far, oldest first. */
  readonly replies: readonly Reply[];
}

/** Rows that call models, or decide without a call. */
export interface RowsStage<Params = unknown, Data = Json> {
  readonly kind: 'rows';
  /** What the stage does, for people: one short sentence. */
  readonly title: string;
  /** Its accepted rows are the dataset. */
  readonly dataset?: boolean;
  /** Too few accepted rows block the job as `shortfall`: below 5 %, or as the stage says. */
  readonly required?: boolean | Requirement;
  /** Stages with equal lineage share the count of equal first requests; default: the stage's own name. */
  readonly lineage?: string;
  /** Local names of collections a row may point into: `{ windows: 'ingest/windows' }`. `inputs/<role>` is a role's items. */
  readonly reads: Readonly<Record<string, string>>;
  /** The rows of a tranche in their final order; no rows ends the stage. Pure in what it reads. */
  plan(context: PlanContext<Params>): AsyncIterable<PlannedRow<Data>>;
  /** The next call of a row, or its end. Pure: called again with every reply, also when replies come from the ledger. */
  step(context: StepContext<Params, Data>): Step;
  /** What follows from all the rows when the stage is over: facts, collections, or a block. Declares no rows. */
  conclude?(context: TransformContext<Params>): Promise<TransformResult>;
}

/** A stricter `required`, judged after every plan over all plans together. */
export interface Requirement {
  /** Of the planned rows. */
  readonly acceptedShareMin: number;
  /** What a person may answer beside `accept`; the story finds the answer in {@link StageResult.choice}. */
  readonly choices: readonly string[];
}

export interface StageWriter {
  /** Appends to a collection of this stage; `name` without the stage. */
  write(name: string, item: Json): Promise<void>;
}
export interface TransformContext<Params> extends JobFacts<Params>, StageWriter {
  readonly read: Reader;
  /** What a person chose at this stage's gate for a block's code, if they did. */
  choice(code: string): string | undefined;
  /**
   * Declares a row with its outcome, in plan order: a transform that declares rows has a plan, and writes one outcome per
   * row after any choice its gate asks for. Nothing of it is kept where the result has a block.
   */
  row(planned: PlannedRow, outcome: Outcome): Promise<void>;
}
export interface TransformResult {
  /** Small scalars for the story and the report. */
  readonly facts: Readonly<Record<string, Json>>;
  readonly block?: Block;
}

/** A pure step over whole streams. Deterministic: equal inputs write equal bytes. */
export interface TransformStage<Params = unknown> {
  readonly kind: 'transform';
  readonly title: string;
  /** The accepted rows that it declares are the dataset. */
  readonly dataset?: boolean;
  transform(context: TransformContext<Params>): Promise<TransformResult>;
}

export interface StudentPlanContext<Params> extends PlanContext<Params>, StageWriter {}

/** Students that are trained, each from nothing: one row each, its key `<composition>/<seed>`. */
export interface TrainStage<Params = unknown> {
  readonly kind: 'train';
  readonly title: string;
  /** False: a training that fails ends as a failed row, and the job goes on. Default: it blocks the job as `student`. */
  readonly required?: boolean;
  /** One training a row. Examples are written to collections of this stage, or stand in earlier ones. */
  plan(context: StudentPlanContext<Params>): AsyncIterable<PlannedRow<Training>>;
}

/** Students' predictions, and what follows from them. */
export interface EvaluateStage<Params = unknown> {
  readonly kind: 'evaluate';
  readonly title: string;
  /** As of {@link TrainStage.required}. */
  readonly required?: boolean;
  /** One student on one set of items a row; its predictions become the collection `<stage>/predictions/<key>`. */
  plan(context: StudentPlanContext<Params>): AsyncIterable<PlannedRow<Evaluation>>;
  /**
   * When every row has ended; a failed one has no predictions: `context.read.collection<Prediction>('<stage>/predictions/<key>')`.
   */
  conclude(context: TransformContext<Params>): Promise<TransformResult>;
}

export type Stage<Params = unknown> =
  RowsStage<Params> | TransformStage<Params> | TrainStage<Params> | EvaluateStage<Params>;

export interface InputRole {
  readonly required: boolean;
  readonly description: string;
  /** Extensions read: jsonl, csv, txt, md. */
  readonly formats: readonly ('jsonl' | 'csv' | 'txt' | 'md')[];
}
export interface ModelRole {
  readonly required: boolean;
  /** Whose model is called where the job names none for this role. */
  readonly fallback?: string;
  readonly description: string;
  readonly capability: 'chat' | 'completion' | 'promptLogprobs' | 'embed';
}

export interface StudentRole {
  readonly required: boolean;
  readonly description: string;
  readonly tasks: readonly StudentTask['kind'][];
}

/** Sizes of an input, measured on what POST could read (`complete: false` when it stopped at the head). */
export interface InputSize {
  readonly items: number;
  readonly characters: number;
  readonly complete: boolean;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}
export interface StageEstimate {
  readonly stage: string;
  /** Whose model the stage calls: one of {@link Strategy.models}. */
  readonly role: string;
  /** Rows that call the model at least once; a row may need more than one call. */
  readonly rows: Range;
  readonly calls: Range;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
}

/** Values that were measured, by what is needed to judge their mean; see `measurement.ts`. */
export interface Sample {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation, with count − 1. */
  readonly deviation: number;
}

/** What a pilot's calls of one stage took. */
export interface StageMeasurement {
  /** Of rows that called the model at all. */
  readonly callsPerRow: Sample;
  readonly inputTokensPerCall: Sample;
  readonly outputTokensPerCall: Sample;
}
/** By stage; stages with too few calls are not in it. */
export type Measurements = Readonly<Record<string, StageMeasurement>>;

/** A job small enough to be run for its measurements; see {@link Strategy.pilot}. */
export interface Pilot<Params = unknown> {
  readonly params: Params;
  /** How many items of an input to read, from its beginning; all of those not named. */
  readonly items: Readonly<Record<string, number>>;
}

export interface CheckContext<Params> {
  readonly params: Params;
  readonly models: Readonly<Record<string, ModelFacts>>;
  readonly read: Pick<Reader, 'input'>;
  /** True at POST when inputs were cut at the head: counts over whole files are not known. */
  readonly headOnly: boolean;
}

export interface PublishContext<Params> extends JobFacts<Params> {
  readonly read: Reader;
  readonly records: number;
  /** What a stage's calls cost, over all its tranches; zeros for a stage that never began. */
  spent(stage: string): Promise<StageSpending>;
  /** False where a model of the job has no price: its dollars are not known then, and not 0. */
  readonly priced: boolean;
}

/** The strategy's own part of report and card. */
export interface StrategyReport {
  /** What the run has shown of its data, in a sentence or two; absent: nothing was measured. */
  readonly verdict?: string;
  /** What must be known before the data is used. */
  readonly notes?: readonly string[];
  readonly sections: readonly Section[];
}

/** What the scripted model answers for this strategy's requests; a pure function of request and draw. */
export type ScriptedAnswer = (
  request: ChatCall,
  random: { integer(n: number): number },
) => string | undefined;

export interface Strategy<Params = unknown> {
  /** Also the workflow type's registry name. */
  readonly name: string;
  /** Pinned by every plan: raise it when equal inputs would give other rows. */
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  readonly paper?: { readonly title: string; readonly arxiv: string };
  /** zod 4, strict. Defaults included; presets are merged under the user's values before parsing. */
  readonly params: z.ZodType<Params>;
  readonly presets: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly inputs: Readonly<Record<string, InputRole>>;
  readonly models: Readonly<Record<string, ModelRole>>;
  /** Templates a job may override with `params.prompts.<id>`. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Faults of overrides, where templates may leave slots out; without it, one must have its original's slots. */
  checkPrompts?(overrides: Readonly<Record<string, string>>): readonly Problem[];
  /** Students by role; none where the strategy trains nothing. */
  readonly students?: Readonly<Record<string, StudentRole>>;
  readonly stages: Readonly<Record<string, Stage<Params>>>;
  /** What a role's student has to predict; refused at POST where the student cannot. */
  studentTask?(role: string, params: Params): StudentTask['kind'];
  /** Stages whose names hold a round, an arm or a replicate, and so stand in `stages` by one example at most. */
  stageNamed?(name: string): Stage<Params> | undefined;
  /** Rejection reasons and block codes of its own, with a sentence each for docs. */
  readonly codes: Readonly<Record<string, string>>;
  /** A complete job body that runs as it is on the scripted model. */
  readonly examples: readonly Readonly<Record<string, Json>>[];
  /** Scalars the story branches on. */
  facts(params: Params): Readonly<Record<string, Json>>;
  badRowShareMax(params: Params): number;
  /** Faults in the inputs, the first ones of each kind; nothing has been spent yet. */
  check(context: CheckContext<Params>): Promise<readonly Problem[]>;
  /**
   * What the job will take. `measured` comes from a pilot: a strategy uses it where the number of rows hangs on the
   * length of answers; tokens and calls a row are put in by the shell.
   */
  estimate(
    params: Params,
    inputs: Readonly<Record<string, InputSize>>,
    measured?: Measurements,
  ): readonly StageEstimate[];
  /** The same job made small: what is measured on about `rows` rows of the dataset is scaled up to the whole. */
  pilot(params: Params, rows: number): Pilot<Params>;
  scripted: ScriptedAnswer;
  report(context: PublishContext<Params>): Promise<StrategyReport>;
}

/** A stage by its name, also one of a family. */
export function stageOf(strategy: Pick<Strategy, 'stages' | 'stageNamed'>, name: string): Stage | undefined {
  return strategy.stages[name] ?? strategy.stageNamed?.(name);
}

/** Whether a stage's accepted rows are the dataset. */
export const isDatasetStage = (stage: Stage): boolean =>
  (stage.kind === 'rows' || stage.kind === 'transform') && stage.dataset === true;

/**
 * The stages that make the dataset, in the order in which its records stand: as the strategy declares them, then those
 * of families as they began.
 */
export function datasetStages(
  strategy: Pick<Strategy, 'stages' | 'stageNamed'>,
  begun: readonly string[],
): string[] {
  const isDataset = (name: string): boolean => {
    const stage = stageOf(strategy, name);
    return stage !== undefined && isDatasetStage(stage);
  };
  return [...new Set([...Object.keys(strategy.stages), ...begun])].filter(isDataset);
}

/** Types the parts of a strategy against its parameters, then forgets them: the shell handles every strategy alike. */
export function defineStrategy<Params>(strategy: Strategy<Params>): Strategy {
  return strategy as unknown as Strategy;
}
