/** One training or evaluation: tried a few times, watched, and ended with an outcome or a question to a person. */
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Json } from '../core/json';
import {
  BACKOFF_FIRST_MS,
  MESSAGE_CHARACTERS_MAX,
  STUDENT_ATTEMPTS_MAX,
  STUDENT_CONTROL_MS,
} from '../core/story/limits';
import type { StudentRowInput, StudentRowResult } from '../core/story/ports';
import type { Block } from '../core/story/vocabulary';
import type { Outcome, Row } from '../core/strategy';
import { readChoice, readControl } from '../infra/database/control';
import { readEnds } from '../infra/database/rows';
import { findStage, type StageKey } from '../infra/database/stages';
import { type DecidedRow, writeOutcomes } from '../infra/database/write-outcomes';
import { CANCELLED, StudentFault } from '../infra/training/student-trainer';
import type { TrainerDeps } from './deps';
import { type JobContext, loadJob, stageNamed } from './job-context';
import { JobReader } from './reader';

/** What one attempt works with. */
export interface StudentWork {
  readonly deps: TrainerDeps;
  readonly job: JobContext;
  readonly read: JobReader;
  readonly stage: string;
  readonly row: Row;
  readonly signal: AbortSignal;
  show(details: string): void;
}

/** An attempt: the row's record, or why it has none that no repetition changes. */
export type Attempt = (work: StudentWork) => Promise<{ readonly record: Json } | { readonly failed: string }>;

/** What a person answers to go on without the students that fail. */
export const WITHOUT = 'publish';

export async function studentRow(
  deps: TrainerDeps,
  input: StudentRowInput,
  kind: 'train' | 'evaluate',
  attempt: Attempt,
  show: (details: string) => void,
): Promise<StudentRowResult> {
  const job = await loadJob(deps, input.jobId);
  const key: StageKey = { tenant: job.tenant, job: job.id, stage: input.stage, plan: input.plan };
  const stage = stageNamed(job, input.stage, kind);
  const found = await openRow(deps, key, input.row);
  if (!found) return {};
  const { row, version } = found;
  const end = async (outcome: Outcome | { state: 'failed'; detail: string }): Promise<StudentRowResult> => {
    const written = await writeOutcomes(deps.db, key, [decided(row, version, outcome)], input.epoch);
    return written === 'fenced' ? { stop: 'fenced' } : { outcome: outcome.state };
  };
  const given = await readChoice(deps.db, job.tenant, job.id, input.stage, 'student');
  if (given === WITHOUT)
    return end({ state: 'failed', detail: 'not tried: a person chose to go on without' });
  const watch = watchJob(deps, job, input.epoch);
  try {
    await watch.look();
    if (watch.stop()) return { stop: watch.stop()! };
    const { signal } = watch;
    const work = { deps, job, read: new JobReader(deps, job), stage: input.stage, row, signal, show };
    const result = await attempts(attempt, work);
    if ('record' in result) return await end({ state: 'accepted', record: result.record });
    if (result.final || stage.required === false)
      return await end({ state: 'failed', detail: result.failed });
    return { stop: 'blocked', block: blockOf(input.stage, row.key, result.failed) };
  } catch (error) {
    const stop = watch.stop();
    if (stop) return { stop };
    throw error;
  } finally {
    watch.end();
  }
}

async function openRow({ db, plans }: TrainerDeps, key: StageKey, position: number) {
  const planned = await findStage(db, key);
  if (!planned?.manifest) throw new Error(`stage ${key.stage} of job ${key.job} has no plan ${key.plan}`);
  const { ended, reopened } = await readEnds(db, key, position, position + 1);
  if (ended.has(position)) return undefined;
  const [row] = await plans.range(planned.manifest, position, position + 1);
  if (!row) throw new RangeError(`stage ${key.stage} of job ${key.job} has no row ${position}`);
  return { row, version: reopened.get(position)?.version ?? 0 };
}

/** @returns `final` where the failure is not this row's: nobody needs to be asked about it here */
async function attempts(
  attempt: Attempt,
  work: StudentWork,
): Promise<{ record: Json } | { failed: string; final: boolean }> {
  for (let tried = 1; ; tried += 1) {
    try {
      const result = await attempt(work);
      return 'record' in result ? result : { ...result, final: true };
    } catch (error) {
      if (!(error instanceof StudentFault)) throw error;
      work.signal.throwIfAborted();
      const failed = error.message.slice(0, MESSAGE_CHARACTERS_MAX);
      if (!error.retry || tried >= STUDENT_ATTEMPTS_MAX) return { failed, final: false };
      work.show(`attempt ${tried} failed: ${failed}`);
      await delay(BACKOFF_FIRST_MS * 2 ** (tried - 1), undefined, { signal: work.signal });
    }
  }
}

function decided(
  { position, key }: Row,
  version: number,
  outcome: Outcome | { state: 'failed'; detail: string },
): DecidedRow {
  const place = { position, key, version };
  if (outcome.state === 'accepted') return { ...place, state: 'accepted', record: outcome.record };
  if (outcome.state === 'failed') return { ...place, ...outcome, reason: 'student-error' };
  const { reason, detail } = outcome;
  return { ...place, state: 'rejected', reason, ...(detail === undefined ? {} : { detail }) };
}

function blockOf(stage: string, key: string, message: string): Block {
  return {
    code: 'student',
    message:
      `stage ${stage}: the student ${key} failed (${message}). ` +
      `Repair the cause and resume: what was trained is kept. Choice "${WITHOUT}" goes on without the students of this stage that are missing.`,
    samples: [],
    choices: ['retry', WITHOUT],
  };
}

type Stop = NonNullable<StudentRowResult['stop']>;

/** Ends the work when the worker stops, the job is paused, given up or cancelled, or a newer run has taken it over. */
function watchJob({ db }: TrainerDeps, job: JobContext, epoch: number) {
  const controller = new AbortController();
  const { cancellationSignal } = Context.current();
  let stop: Stop | undefined;
  const halt = (why: Stop, reason: string = why) => {
    stop ??= why;
    controller.abort(new Error(reason));
  };
  const look = async () => {
    const control = await readControl(db, job.tenant, job.id);
    if (control.epoch !== epoch) halt('fenced');
    else if (control.ending === 1) halt('paused', CANCELLED);
    else if (control.paused === 1) halt('paused');
  };
  const handBack = () => halt('time');
  cancellationSignal.addEventListener('abort', handBack, { once: true });
  if (cancellationSignal.aborted) handBack();
  const timer = setInterval(() => void look().catch(() => undefined), STUDENT_CONTROL_MS);
  return {
    signal: controller.signal,
    look,
    stop: () => stop,
    end: () => {
      clearInterval(timer);
      cancellationSignal.removeEventListener('abort', handBack);
    },
  };
}
