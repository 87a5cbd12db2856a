/**
 * What every story has in common: one run of a job that can be paused, blocked, resumed, given up and cancelled, and
 * that shows where it is. Stages are asked for by name; what they do stands in the strategy's `stages.ts`.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  FAIL_UPDATE,
  type GenerateResult,
  type JobSummary,
  type OpenJobResult,
  PAUSE_UPDATE,
  type PlanResult,
  PROGRESS_SIGNAL,
  RESUME_UPDATE,
  type ResumeInput,
  type StageResult,
  WAKE_SIGNAL,
} from '../core/story/ports';
import {
  addCounts,
  type Block,
  type JobState,
  NO_ROWS,
  openRows,
  type RowCounts,
} from '../core/story/vocabulary';
import { activity } from './activity-options';
import { blockOfFailure } from './block-of-failure';
import { jobDetails, rowsLine } from './details';
import { generate } from './generate';
import { providerBatch } from './provider-batch';
import { searchAttributes } from './search-attributes';

const pauseUpdate = defineUpdate<JobState>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<JobState, [ResumeInput]>(RESUME_UPDATE);
const failUpdate = defineUpdate<JobState>(FAIL_UPDATE);
const progressSignal = defineSignal<[RowCounts & { stage: string; note?: string }]>(PROGRESS_SIGNAL);
const wakeSignal = defineSignal(WAKE_SIGNAL);

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

/** A batch that stopped without saying why: cannot be, and must not spin. */
const UNEXPLAINED: Block = {
  code: 'internal',
  message: 'a batch stopped as blocked without a reason; look at the log of the generator, then resume.',
  samples: [],
  choices: ['retry'],
};

export class Run<Facts = Record<string, never>> {
  #opened: OpenJobResult | undefined;
  #state: JobState = 'running';
  #stage = '';
  #paused = false;
  #block: Block | undefined;
  #answer: ResumeInput | undefined;
  #givenUp = false;
  #ending = false;
  #finished: RowCounts = NO_ROWS;
  #running: RowCounts = NO_ROWS;
  #attributes = '';
  /** What happens beside the rows: provider batches on their way. */
  #note: string | undefined;
  #batches: ChildWorkflowHandle<typeof providerBatch> | undefined;
  readonly #lines: string[] = [];

  constructor(readonly jobId: string) {
    setHandler(pauseUpdate, (): JobState => {
      this.#paused = true;
      this.#show();
      this.#wakeBatches();
      return 'paused';
    });
    setHandler(
      resumeUpdate,
      (answer): JobState => {
        this.#paused = false;
        if (this.#block) this.#answer = answer;
        return 'running';
      },
      { validator: (_answer: ResumeInput) => this.#refuseWhenEnding() },
    );
    setHandler(failUpdate, (): JobState => {
      this.#givenUp = true;
      this.#wakeBatches();
      return 'failed';
    });
    setHandler(progressSignal, ({ stage, note, ...counts }) => {
      if (stage !== this.#stage) return;
      this.#running = counts;
      this.#note = note;
      this.#show();
    });
  }

  /** Scalars of the job that the story branches on. */
  get facts(): Facts {
    return this.#opened!.facts as Facts;
  }

  async open(): Promise<void> {
    const { runId } = workflowInfo();
    const input = { jobId: this.jobId, runId };
    do {
      this.#opened = await activity('openJob', 'open the job')(input);
      if (this.#opened.block) await this.#blocked(this.#opened.block);
    } while (this.#opened.block);
    this.#paused = this.#opened.paused;
    this.#show();
  }

  /** Runs a transform; blocks where the transform asks a person. */
  async stage(name: string): Promise<StageResult> {
    await this.#enter(name);
    const result = await this.#judged(name, () =>
      activity('transformStage', name)({ ...this.#ref(), stage: name }),
    );
    this.#leave(name, NO_ROWS, `**${name}** ${factsLine(result.facts)}`);
    return result;
  }

  /**
   * Plans and generates the rows of a stage, or of one tranche of it.
   * @returns its counts; `planned: 0` ends a stage that comes in tranches
   */
  async generate(name: string, tranche?: number): Promise<StageResult> {
    await this.#enter(name);
    const ref = { ...this.#ref(), stage: name, plan: tranche ?? 0 };
    const plan = await this.#judged(name, () => activity('planStage', `${name} plan ${ref.plan}`)(ref));
    this.#running = { ...NO_ROWS, planned: plan.planned };
    const finish = { ...ref, over: tranche === undefined || plan.planned === 0 };
    let result: StageResult;
    let done = plan.finished;
    do {
      if (!done && this.#opened!.mode === 'batch') await this.#askInBatches(name, ref.plan, plan);
      if (!done) await this.#generateRows(name, ref.plan, plan);
      result = await this.#judged(name, () => activity('finishStage', `${name} plan ${ref.plan}`)(finish));
      done = openRows(result) === 0;
    } while (!done); // rows were opened again by a retry, or a power cut took the ledger's last moments
    this.#leave(
      name,
      result,
      `**${tranche === undefined ? name : `${name}.${tranche}`}** ${rowsLine(result)}`,
    );
    return result;
  }

  async publish(): Promise<JobSummary> {
    await this.#enter('publish');
    const summary = await this.#insist('publish', () =>
      activity('publishDataset', 'dataset, card, report')(this.#ref()),
    );
    this.#state = 'succeeded';
    this.#lines.push(`**dataset** ${summary.records} records, SHA-256 ${summary.datasetHash.slice(0, 12)}…`);
    this.#show();
    await condition(allHandlersFinished);
    return summary;
  }

  /** Records how a run ended that did not succeed. */
  async end(error: unknown): Promise<void> {
    this.#ending = true;
    if (!this.#opened) return; // never took the job over: nothing to say about it
    const cancelled = isCancellation(error);
    const message =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error);
    if (this.#opened.mode === 'batch')
      await activity(
        'withdrawProviderBatches',
        'cancel provider batches',
      )(this.#ref()).catch(() => undefined);
    await this.#record(cancelled ? 'cancelled' : 'failed', cancelled ? {} : { message });
    await condition(allHandlersFinished);
  }

  /** A child keeps lanes of batches busy; it comes back early when the job is paused or blocked, and is then asked again. */
  async #generateRows(
    name: string,
    plan: number,
    { planned, concurrency, priority }: PlanResult,
  ): Promise<void> {
    const workflowId = this.#childId(plan > 0 ? `${name}.${plan}` : name);
    let rest: GenerateResult = { cursor: 0, returned: [], counts: { ...NO_ROWS, planned } };
    for (;;) {
      const { cursor, returned, counts } = rest;
      const input = {
        ...this.#ref(),
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
      this.#running = rest.counts;
      if (!rest.stop) return;
      await this.#heed(rest);
    }
  }

  /** A child has the plan's first calls answered by provider batches; what it leaves over goes online. */
  async #askInBatches(name: string, plan: number, { planned }: PlanResult): Promise<void> {
    const workflowId = this.#childId(`${plan > 0 ? `${name}.${plan}` : name}/batch`);
    for (;;) {
      this.#batches = await startChild(providerBatch, {
        workflowId,
        args: [{ ...this.#ref(), stage: name, plan, planned, cursor: 0, runs: 1 }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${name} · provider batches`,
      });
      const rest = await this.#batches.result();
      this.#batches = undefined;
      this.#note = rest.open > 0 ? `${rest.open} provider batches go on at the provider` : undefined;
      if (!rest.stop) return;
      await this.#heed(rest);
    }
  }

  /** Its waits for a provider are minutes long: a wish is not to wait for their end. */
  #wakeBatches(): void {
    this.#batches?.signal(wakeSignal).catch(() => undefined);
  }

  #childId(name: string): string {
    const { epoch } = this.#opened!;
    return `${this.jobId}/${name}${epoch > 1 ? `~${epoch}` : ''}`;
  }

  /** A child came back early: a person is needed, or waited for. */
  async #heed({ stop, block }: Pick<GenerateResult, 'stop' | 'block'>): Promise<void> {
    if (stop === 'fenced')
      throw ApplicationFailure.nonRetryable('a newer run has taken the job over', 'fenced');
    if (stop === 'blocked') await this.#blocked(block ?? UNEXPLAINED);
    if (stop === 'paused') this.#paused = true;
    await this.#whilePaused();
  }

  /** Asks until the result is not blocked any more. */
  async #judged<Result extends { readonly block?: Block }>(
    stage: string,
    ask: () => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const result = await this.#insist(stage, ask);
      if (!result.block) return result;
      await this.#blocked(result.block);
    }
  }

  /** An activity that failed for good (a bug, a full disk, bad input) blocks the job and is asked again after `resume`. */
  async #insist<Result>(stage: string, ask: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const block = blockOfFailure(error);
        if (!block || !this.#opened) throw error;
        this.#stage = stage;
        await this.#blocked(block);
      }
    }
  }

  async #blocked(block: Block): Promise<void> {
    this.#block = block;
    this.#answer = undefined;
    await this.#record('blocked', { block });
    await condition(() => this.#answer !== undefined || this.#givenUp);
    this.#block = undefined;
    this.#giveUpIfAsked();
    await this.#record('running');
  }

  async #whilePaused(): Promise<void> {
    this.#giveUpIfAsked();
    while (this.#paused) {
      // The database decides: a resume may have been written while the last batch was still reading "paused".
      const { paused } = await this.#record('paused');
      if (!paused) this.#paused = false;
      await condition(() => !this.#paused || this.#givenUp);
      this.#giveUpIfAsked();
      await this.#record('running');
    }
  }

  /** A resume must not be lost in a run that has all but closed: its sender asks again, and gets a new run. */
  #refuseWhenEnding(): void {
    if (this.#ending) throw ApplicationFailure.nonRetryable('this run is ending', 'ending');
  }

  #giveUpIfAsked(): void {
    if (this.#givenUp) throw ApplicationFailure.nonRetryable('given up by a person', 'given-up');
  }

  async #enter(stage: string): Promise<void> {
    this.#stage = stage;
    this.#running = NO_ROWS;
    this.#note = undefined;
    await this.#whilePaused();
    this.#show();
  }

  #leave(stage: string, counts: RowCounts, line: string): void {
    this.#stage = stage;
    this.#finished = addCounts(this.#finished, counts);
    this.#running = NO_ROWS;
    this.#lines.push(line);
    this.#show();
  }

  #ref() {
    return { jobId: this.jobId, epoch: this.#opened!.epoch };
  }

  async #record(state: JobState, more: { block?: Block; message?: string } = {}) {
    this.#state = state;
    this.#show();
    return activity('recordState', state)({ ...this.#ref(), state, stage: this.#stage, ...more });
  }

  /** Search attributes, written only when they change because each write is an event, and the Markdown of the UI. */
  #show(): void {
    const rows = addCounts(this.#finished, this.#running);
    const rowsNow = `**${this.#stage}** ${rowsLine(this.#running)}${this.#note ? `; ${this.#note}` : ''}`;
    const current = this.#running.planned > 0 ? rowsNow : undefined;
    const state = this.#paused && this.#state === 'running' ? 'paused' : this.#state;
    setCurrentDetails(
      jobDetails({
        jobId: this.jobId,
        state,
        stage: this.#stage,
        lines: this.#lines,
        ...(current ? { current } : {}),
        ...(this.#block ? { block: this.#block } : {}),
      }),
    );
    if (!this.#opened) return;
    const attributes = searchAttributes(this.#opened, state, this.#stage, rows);
    const written = JSON.stringify(attributes);
    if (written !== this.#attributes) upsertSearchAttributes(attributes);
    this.#attributes = written;
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
