/** Where a run stands: paused, blocked, given up or at work; what people wish, and what they see of it. */
import {
  ApplicationFailure,
  condition,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  FAIL_UPDATE,
  type GenerateResult,
  type OpenJobResult,
  PAUSE_UPDATE,
  PROGRESS_SIGNAL,
  RESUME_UPDATE,
  type ResumeInput,
} from '../core/story/ports';
import { addCounts, type Block, type JobState, NO_ROWS, type RowCounts } from '../core/story/vocabulary';
import { activity } from './activity-options';
import { blockOfFailure } from './block-of-failure';
import { jobDetails, rowsLine } from './details';
import { searchAttributes } from './search-attributes';

const pauseUpdate = defineUpdate<JobState>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<JobState, [ResumeInput]>(RESUME_UPDATE);
const failUpdate = defineUpdate<JobState>(FAIL_UPDATE);
const progressSignal = defineSignal<[RowCounts & { stage: string; note?: string }]>(PROGRESS_SIGNAL);

/** A batch that stopped without saying why: cannot be, and must not spin. */
const UNEXPLAINED: Block = {
  code: 'internal',
  message: 'a batch stopped as blocked without a reason; look at the log of the generator, then resume.',
  samples: [],
  choices: ['retry'],
};

export class RunState {
  /** Woken when somebody wishes to pause or to give up. */
  onWish: () => void = () => undefined;
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
  readonly #lines: string[] = [];

  constructor(readonly jobId: string) {
    setHandler(pauseUpdate, (): JobState => {
      this.#paused = true;
      this.#show();
      this.onWish();
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
      this.onWish();
      return 'failed';
    });
    setHandler(progressSignal, ({ stage, note, ...counts }) => {
      if (stage !== this.#stage) return;
      this.#running = counts;
      this.#note = note;
      this.#show();
    });
  }

  /** What `openJob` said; undefined while the run has not taken the job over. */
  get opened(): OpenJobResult | undefined {
    return this.#opened;
  }

  get ref() {
    return { jobId: this.jobId, epoch: this.#opened!.epoch };
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

  async enter(stage: string): Promise<void> {
    this.#stage = stage;
    this.#running = NO_ROWS;
    this.#note = undefined;
    await this.#whilePaused();
    this.#show();
  }

  /** @param line what the finished stage is shown as from now on */
  leave(stage: string, counts: RowCounts, line: string): void {
    this.#stage = stage;
    this.#finished = addCounts(this.#finished, counts);
    this.#running = NO_ROWS;
    this.#lines.push(line);
    this.#show();
  }

  /** Rows of the stage at work; shown with the next change. */
  progress(counts: RowCounts): void {
    this.#running = counts;
  }

  note(note: string | undefined): void {
    this.#note = note;
  }

  succeed(line: string): void {
    this.#state = 'succeeded';
    this.#lines.push(line);
    this.#show();
  }

  /** From here on nobody is answered any more. */
  close(): void {
    this.#ending = true;
  }

  /** A child came back early: a person is needed, or waited for. */
  async heed({ stop, block }: Pick<GenerateResult, 'stop' | 'block'>): Promise<void> {
    if (stop === 'fenced')
      throw ApplicationFailure.nonRetryable('a newer run has taken the job over', 'fenced');
    if (stop === 'blocked') await this.#blocked(block ?? UNEXPLAINED);
    if (stop === 'paused') this.#paused = true;
    await this.#whilePaused();
  }

  /** Asks until the result is not blocked any more. */
  async judged<Result extends { readonly block?: Block }>(
    stage: string,
    ask: () => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const result = await this.insist(stage, ask);
      if (!result.block) return result;
      await this.#blocked(result.block);
    }
  }

  /** An activity that failed for good (a bug, a full disk, bad input) blocks the job and is asked again after `resume`. */
  async insist<Result>(stage: string, ask: () => Promise<Result>): Promise<Result> {
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

  async record(state: JobState, more: { block?: Block; message?: string } = {}) {
    this.#state = state;
    this.#show();
    return activity('recordState', state)({ ...this.ref, state, stage: this.#stage, ...more });
  }

  async #blocked(block: Block): Promise<void> {
    this.#block = block;
    this.#answer = undefined;
    await this.record('blocked', { block });
    await condition(() => this.#answer !== undefined || this.#givenUp);
    this.#block = undefined;
    this.#giveUpIfAsked();
    await this.record('running');
  }

  async #whilePaused(): Promise<void> {
    this.#giveUpIfAsked();
    while (this.#paused) {
      // The database decides: a resume may have been written while the last batch was still reading "paused".
      const { paused } = await this.record('paused');
      if (!paused) this.#paused = false;
      await condition(() => !this.#paused || this.#givenUp);
      this.#giveUpIfAsked();
      await this.record('running');
    }
  }

  /** A resume must not be lost in a run that has all but closed: its sender asks again, and gets a new run. */
  #refuseWhenEnding(): void {
    if (this.#ending) throw ApplicationFailure.nonRetryable('this run is ending', 'ending');
  }

  #giveUpIfAsked(): void {
    if (this.#givenUp) throw ApplicationFailure.nonRetryable('given up by a person', 'given-up');
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
