/** Students of an OpenAI-compatible fine-tuning service: classification alone, as a chat that answers with a number. */
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { hashJson } from '../../../core/hash';
import { Problem } from '../../../core/problem';
import type { LabelPrediction, Prediction, StudentItem, StudentTask } from '../../../core/students/student';
import { ModelFault } from '../../models/model-client';
import { readJsonLines } from '../process/json-lines';
import { studentFault } from '../process/trainer-exit';
import { readPrediction } from '../read-prediction';
import type { StoredModel, StudentTrainer, Trained, TrainerContext, TrainingSpec } from '../student-trainer';
import { askForLabel, labelProbabilities } from './classify-by-chat';
import type { FineTuneClient, RemoteFineTune } from './finetune-client';
import { startFineTune } from './start-finetune';
import { readSubmission, writeSubmission } from './submission';

/** How often a job is looked at: doubling from the first to the last. */
const LOOK_FIRST_MS = 2_000;
const LOOK_MAX_MS = 60_000;
/** Looks in a row that failed. */
const LOOKS_FAILED_MAX = 20;
/** Items asked at a time, and what each may cost in attempts. */
const ASKED_AT_ONCE = 16;
const ATTEMPTS_MAX = 6;
const MODEL_BYTES_MAX = 1_000_000;
/** Between two listings that must both be empty before a submission with an unknown end is repeated. */
const RELIST_MS = 60_000;

const modelSchema = z.object({ kind: z.literal('openai-finetune'), model: z.string(), seed: z.int() });

export interface FineTuneTimes {
  readonly lookFirstMs: number;
  readonly lookMaxMs: number;
  readonly relistMs: number;
}

export interface FineTuneTrainerOptions {
  /** Its name in the configuration. */
  readonly name: string;
  /** The provider's name: part of what the student is. */
  readonly provider: string;
  readonly client: FineTuneClient;
  /** Models that a job may name; the first is taken where it names none. */
  readonly bases: readonly string[];
  readonly times?: Partial<FineTuneTimes>;
  /** Whether an abort means that nobody wants the student any more, so that the paid job is cancelled too. */
  readonly isCancelled?: (reason: unknown) => boolean;
}

/** Temporal's word for it; a worker that stops says otherwise, and its job goes on at the provider. */
const cancelled = (reason: unknown): boolean => reason instanceof Error && reason.message === 'CANCELLED';

export function fineTuneTrainer(options: FineTuneTrainerOptions): StudentTrainer {
  const base = options.bases[0] ?? null;
  return {
    identity: hashJson({ kind: 'openai-finetune', provider: options.provider, base, format: 1 }),
    train: (spec, on) => judged(options.name, () => train(options, spec, on)),
    predict: (model, task, items, on) => predict(options, { model, task, items }, on),
  };
}

/** @throws Problem('student-unfit') for question answering: a chat has no spans */
export function requireLabels(name: string, task: StudentTask): readonly string[] {
  if (task.kind !== 'extractive-qa') return task.labels;
  throw new Problem('student-unfit', `Student "${name}" cannot do extractive-qa: it answers with labels.`);
}

async function train(
  options: FineTuneTrainerOptions,
  spec: TrainingSpec,
  on: TrainerContext,
): Promise<Trained> {
  const { client, name } = options;
  const times = {
    lookFirstMs: LOOK_FIRST_MS,
    lookMaxMs: LOOK_MAX_MS,
    relistMs: RELIST_MS,
    ...options.times,
  };
  const labels = requireLabels(name, spec.task);
  await mkdir(on.checkpointFolder, { recursive: true });
  const started = await startFineTune(
    { name, client, spec, labels, bases: options.bases, relistMs: times.relistMs },
    on,
  );
  const ended = await follow(options, started.job, times, on);
  if (ended.model === undefined) {
    // The next attempt, after a person's resume, is to be a new job.
    await writeSubmission(on.checkpointFolder, { runId: spec.runId, asked: false });
    throw studentFault(
      `Student ${name}: fine-tuning ${ended.id} ${ended.status}: ${ended.error ?? 'no reason given'}.`,
      false,
    );
  }
  const last = await client.loss(ended.id).catch(() => undefined);
  const model = JSON.stringify({ kind: 'openai-finetune', model: ended.model, seed: spec.seed });
  return {
    model: Buffer.from(model),
    metrics: last === undefined ? {} : { loss: last.loss },
    epochs: typeof spec.options.epochs === 'number' ? spec.options.epochs : 0,
    examples: started.examples,
  };
}

/** Looks at a job until it has ended. */
async function follow(
  { client, isCancelled = cancelled }: FineTuneTrainerOptions,
  job: RemoteFineTune,
  times: FineTuneTimes,
  on: TrainerContext,
): Promise<RemoteFineTune> {
  let [found, failed, pauseMs] = [job, 0, times.lookFirstMs];
  try {
    while (!['succeeded', 'failed', 'cancelled'].includes(found.status)) {
      await wait(pauseMs, undefined, { signal: on.signal });
      pauseMs = Math.min(2 * pauseMs, times.lookMaxMs);
      try {
        found = await client.retrieve(job.id);
        const last = await client.loss(job.id);
        if (last === undefined) on.progress({ done: 0, total: 1, note: found.status });
        else on.progress({ done: last.step, total: last.steps, note: `loss ${last.loss.toPrecision(3)}` });
        failed = 0;
      } catch (error) {
        failed += 1;
        if (!(error instanceof ModelFault && error.verdict.retry) || failed > LOOKS_FAILED_MAX) throw error;
      }
    }
    return found;
  } catch (error) {
    if (on.signal.aborted && isCancelled(on.signal.reason)) {
      await client.cancel(job.id).catch(() => undefined);
      const { runId } = await readSubmission(on.checkpointFolder, '');
      await writeSubmission(on.checkpointFolder, { runId, asked: false });
    }
    on.signal.throwIfAborted();
    throw error;
  }
}

interface Asked {
  readonly model: StoredModel;
  readonly task: StudentTask;
  readonly items: AsyncIterable<StudentItem>;
}

/** Answers are kept in the folder as they come: an attempt that was cut pays only for what it lacks. */
async function* predict(
  { name, client }: FineTuneTrainerOptions,
  { model: stored, task, items }: Asked,
  on: TrainerContext,
): AsyncIterable<Prediction> {
  const labels = requireLabels(name, task);
  const { model, seed } = await readModel(name, stored);
  await mkdir(on.checkpointFolder, { recursive: true });
  const file = join(on.checkpointFolder, `answers-${stored.sha256.slice(0, 16)}.jsonl`);
  const known = await readAnswers(file, task);
  let done = 0;
  const answer = async (item: StudentItem): Promise<LabelPrediction> => {
    const before = known.get(item.id);
    if (before !== undefined) return before;
    const messages = askForLabel(item, labels);
    const choice = await judged(name, () =>
      patiently(() => client.ask({ model, messages, seed, signal: on.signal }), on.signal),
    );
    const prediction = { id: item.id, probabilities: labelProbabilities(choice, labels) };
    await appendFile(file, `${JSON.stringify(prediction)}\n`);
    return prediction;
  };
  for await (const some of inGroups(items, ASKED_AT_ONCE)) {
    on.signal.throwIfAborted();
    const settled = await Promise.allSettled(some.map(answer));
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    for (const one of settled) if (one.status === 'fulfilled') yield one.value;
    done += some.length;
    on.progress({ done, total: done });
  }
  await rm(file, { force: true });
}

async function readAnswers(file: string, task: StudentTask): Promise<Map<string, LabelPrediction>> {
  const known = new Map<string, LabelPrediction>();
  try {
    for await (const value of readJsonLines(file)) {
      const id = (value as { id?: unknown } | undefined)?.id;
      const prediction = typeof id === 'string' ? readPrediction(value, { id }, task) : undefined;
      if (prediction !== undefined && 'probabilities' in prediction) known.set(prediction.id, prediction);
    }
  } catch {
    // None yet.
  }
  return known;
}

async function readModel(name: string, stored: StoredModel): Promise<z.infer<typeof modelSchema>> {
  let text = '';
  for await (const chunk of stored.bytes()) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length > MODEL_BYTES_MAX) break;
  }
  try {
    return modelSchema.parse(JSON.parse(text));
  } catch {
    throw studentFault(`Student ${name}: expected a model of this student, got other bytes.`, false);
  }
}

/** Waits and asks again where the provider says that it may help. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      const verdict = error instanceof ModelFault ? error.verdict : undefined;
      if (verdict?.retry !== true || attempt === ATTEMPTS_MAX) throw error;
      await wait(verdict.afterMs ?? Math.min(LOOK_FIRST_MS * 2 ** attempt, LOOK_MAX_MS), undefined, {
        signal,
      });
    }
  }
}

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** A provider's fault becomes the student's. */
async function judged<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    throw studentFault(`Student ${name}: ${error.verdict.message}`, error.verdict.retry);
  }
}
