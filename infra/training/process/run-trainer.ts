/**
 * Runs one task of a trainer to its end: a foreign program in a process group of its own, under the guard that ends the
 * whole group when this process is gone. Its words are bounded, its silence too.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ZodError } from 'zod';
import { compiled } from '../../stack/package-root';
import type { StudentFault } from '../student-trainer';
import { BoundedLines, BoundedTail } from './bounded-lines';
import { endLeftover, TRAINER_PID_FILE } from './leftover-trainer';
import { scrubTrainer } from './trainer-environment';
import { NotAnEvent, readTrainerEvent, type TrainerEvent, type TrainerEventOf } from './trainer-event';
import { faultOfExit, studentFault } from './trainer-exit';
import { CONTRACT_VERSION, type TrainerJob } from './trainer-job';

export interface TrainerLimits {
  /** Until its first event; importing what it needs may take a while. */
  readonly helloMs: number;
  /** Between two events: longer, and it hangs. */
  readonly silenceMs: number;
  readonly lineCharactersMax: number;
  /** Lines on standard output that are no events. */
  readonly strayLinesMax: number;
  /** Kept of what it writes beside events, from the end. */
  readonly tailCharactersMax: number;
}

export const TRAINER_LIMITS: TrainerLimits = {
  helloMs: 5 * 60_000,
  silenceMs: 15 * 60_000,
  lineCharactersMax: 1_000_000,
  strayLinesMax: 10_000,
  tailCharactersMax: 8_192,
};
/** After its end, for what still lies in its pipes; a grandchild may hold them open for ever. */
const PIPES_MS = 5_000;

export interface TrainerRun {
  /** The student's name, for people. */
  readonly name: string;
  /** Program and arguments; `--job <file>` is added. */
  readonly command: readonly string[];
  /** The trainer's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** An existing folder, its working directory. */
  readonly folder: string;
  readonly job: TrainerJob;
  /** Stops it: it is asked to end after a checkpoint, and killed if it does not. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly limits?: Partial<TrainerLimits>;
}

/**
 * @returns its `result`
 * @throws StudentFault for every other end; the signal's reason where it was stopped before it had a result
 */
export async function runTrainer(run: TrainerRun): Promise<TrainerEventOf<'result'>> {
  run.signal.throwIfAborted();
  await endLeftover(run.folder);
  const jobFile = join(run.folder, 'job.json');
  await writeFile(jobFile, JSON.stringify(run.job, undefined, 2));
  run.signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    [
      compiled('infra/stack/guard.js'),
      `trainer ${run.name}`,
      join(run.folder, TRAINER_PID_FILE),
      ...run.command,
      '--job',
      jobFile,
    ],
    { cwd: run.folder, env: run.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  return new TrainerWatch(run, child).end();
}

class TrainerWatch {
  readonly #limits: TrainerLimits;
  readonly #tail: BoundedTail;
  #timer: NodeJS.Timeout | undefined;
  #fault: StudentFault | undefined;
  #greeted = false;
  #strays = 0;
  #error: string | undefined;
  #result: TrainerEventOf<'result'> | undefined;

  constructor(
    private readonly run: TrainerRun,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.#limits = { ...TRAINER_LIMITS, ...run.limits };
    this.#tail = new BoundedTail(this.#limits.tailCharactersMax);
  }

  async end(): Promise<TrainerEventOf<'result'>> {
    const { child, run } = this;
    const lines = new BoundedLines(
      this.#limits.lineCharactersMax,
      (line) => this.#take(line),
      () => this.#fail(`wrote a line of more than ${this.#limits.lineCharactersMax} characters`),
    );
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => lines.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.#tail.write(chunk));
    const stop = (): void => void child.stdin.end();
    run.signal.addEventListener('abort', stop, { once: true });
    this.#expect(this.#limits.helloMs);
    const code = await ended(child).finally(() => {
      clearTimeout(this.#timer);
      run.signal.removeEventListener('abort', stop);
    });
    lines.end();
    if (this.#fault !== undefined) throw this.#fault;
    // What was asked for is there, whether or not somebody wanted it to stop meanwhile.
    if (this.#result !== undefined && (code === 0 || run.signal.aborted)) return this.#result;
    run.signal.throwIfAborted();
    throw faultOfExit(run.name, {
      code,
      tail: scrubTrainer(this.#tail.text, run.env),
      ...(this.#error === undefined ? {} : { error: scrubTrainer(this.#error, run.env) }),
    });
  }

  #take(line: string): void {
    if (this.#fault !== undefined) return;
    let event: TrainerEvent;
    try {
      event = readTrainerEvent(line);
    } catch (error) {
      if (error instanceof NotAnEvent) return this.#stray(line);
      const issue = error instanceof ZodError ? error.issues[0] : undefined;
      const at = issue?.path.join('.') ?? '';
      return this.#fail(`wrote an event that its contract does not know: ${at}: ${issue?.message ?? ''}`);
    }
    this.#expect(this.#limits.silenceMs);
    if (!this.#greeted && !this.#greet(event)) return;
    if (event.event === 'error') this.#error = event.message;
    if (event.event === 'result') this.#result = event;
    this.run.onEvent(event);
  }

  /** The first event says which contract the trainer speaks. */
  #greet(event: TrainerEvent): boolean {
    const { task } = this.run.job;
    this.#greeted = true;
    if (event.event === 'error') return true;
    if (event.event !== 'hello') this.#fail(`expected the event "hello" first, got "${event.event}"`, false);
    else if (event.contract !== CONTRACT_VERSION)
      this.#fail(`speaks contract ${event.contract}; expected ${CONTRACT_VERSION}`, false);
    else if (!event.tasks.includes(task))
      this.#fail(`cannot ${task}; it can: ${event.tasks.join(', ')}`, false);
    return this.#fault === undefined;
  }

  #stray(line: string): void {
    this.#tail.write(`${line}\n`);
    this.#strays += 1;
    if (this.#strays > this.#limits.strayLinesMax)
      this.#fail(`wrote more than ${this.#limits.strayLinesMax} lines that are no events to standard output`);
  }

  #expect(withinMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const what = this.#greeted ? 'event' : 'first event';
      this.#fail(`gave no ${what} for ${withinMs / 1_000} s; its last words: ${this.#lastWords()}`);
    }, withinMs);
  }

  #lastWords(): string {
    return scrubTrainer(this.#tail.text, this.run.env).slice(-200).trim() || 'none';
  }

  #fail(what: string, retry = true): void {
    this.#fault ??= studentFault(`Student ${this.run.name}: the trainer ${what}.`, retry);
    clearTimeout(this.#timer);
    this.child.stdin.end();
  }
}

/** @returns the exit code, or null after a signal */
function ended(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const late = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, PIPES_MS);
      child.once('close', () => {
        clearTimeout(late);
        resolve(code);
      });
    });
  });
}
