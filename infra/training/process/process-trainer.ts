/** A student whose trainer is a program of its own: any that speaks the contract of docs/students.md. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashJson } from '../../../core/hash';
import { Problem } from '../../../core/problem';
import type { Prediction, StudentItem, StudentTask } from '../../../core/students/student';
import { readPrediction } from '../read-prediction';
import type {
  StoredModel,
  StudentTrainer,
  Trained,
  TrainerContext,
  TrainerProgress,
  TrainingSpec,
} from '../student-trainer';
import { newestCheckpoint } from './checkpoints';
import { readBytes, readJsonLines, writeBytes, writeJsonLines } from './json-lines';
import { resolveCommand, scriptHashes } from './resolve-command';
import { runTrainer, type TrainerLimits } from './run-trainer';
import { trainerEnvironment } from './trainer-environment';
import type { TrainerEvent } from './trainer-event';
import { studentFault } from './trainer-exit';
import { CONTRACT_VERSION, type TrainerJob, type TrainerTask } from './trainer-job';

const CHECKPOINT_SECONDS = 60;
const MODEL_BYTES_MAX = 16 * 1024 ** 3;

export interface ProcessTrainerOptions {
  /** Its name in the configuration. */
  readonly name: string;
  /** Program and arguments as configured. */
  readonly command: readonly string[];
  /** Where files that the command names are looked for: the configuration's folder, then this package's. */
  readonly folders: readonly string[];
  readonly tasks: readonly TrainerTask[];
  /** Pre-trained models that a job may name. */
  readonly bases: readonly string[];
  /** Our own environment; what a trainer needs of it is passed on, keys are not. */
  readonly env: NodeJS.ProcessEnv;
  readonly limits?: Partial<TrainerLimits>;
  readonly checkpointSeconds?: number;
}

export function processTrainer(options: ProcessTrainerOptions): StudentTrainer {
  const command = resolveCommand(options.command, options.folders);
  const env = trainerEnvironment(options.env);
  const start = (task: TrainerTask, job: TrainerJob, on: TrainerContext) => {
    requireTask(options, task);
    return runTrainer({
      name: options.name,
      command,
      env,
      folder: on.checkpointFolder,
      job,
      signal: on.signal,
      onEvent: tellProgress(on),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  };
  return {
    identity: hashJson({ kind: 'process', command: options.command, scripts: scriptHashes(command) }),
    train: (spec, on) => train(options, spec, on.checkpointFolder, (job) => start('train', job, on)),
    predict: (model, task, items, on) =>
      predict(options.name, { model, task, items, folder: on.checkpointFolder }, (job) =>
        start('predict', job, on),
      ),
  };
}

type Start = (job: TrainerJob) => ReturnType<typeof runTrainer>;

async function train(
  { name, bases, checkpointSeconds = CHECKPOINT_SECONDS }: ProcessTrainerOptions,
  spec: TrainingSpec,
  folder: string,
  start: Start,
): Promise<Trained> {
  if (spec.base !== undefined && !bases.includes(spec.base)) throw unlisted(name, spec.base, bases);
  const files = filesIn(folder);
  await mkdir(files.checkpoints, { recursive: true });
  await writeJsonLines(files.examples, spec.examples());
  if (spec.validation !== undefined) await writeJsonLines(files.validation, spec.validation());
  const checkpoint = await newestCheckpoint(files.checkpoints, spec.runId);
  await rm(files.model, { force: true });
  const result = await start({
    contract: CONTRACT_VERSION,
    task: 'train',
    runId: spec.runId,
    subject: subjectOf(spec.task),
    seed: spec.seed,
    ...(spec.base === undefined ? {} : { base: spec.base }),
    options: { ...spec.options },
    examples: files.examples,
    ...(spec.validation === undefined ? {} : { validation: files.validation }),
    model: files.model,
    checkpoints: files.checkpoints,
    checkpointSeconds,
    ...(checkpoint === undefined ? {} : { resumeFrom: checkpoint.folder }),
  });
  const bytes = await stat(files.model).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes === 0 || bytes > MODEL_BYTES_MAX)
    throw studentFault(
      `Student ${name}: expected a model of 1 to ${MODEL_BYTES_MAX} bytes after "result", got ${bytes}.`,
      true,
    );
  return {
    model: readBytes(files.model),
    metrics: result.metrics,
    epochs: result.epochs,
    examples: result.rows,
  };
}

interface Asked {
  readonly model: StoredModel;
  readonly task: StudentTask;
  readonly items: AsyncIterable<StudentItem>;
  readonly folder: string;
}

async function* predict(
  name: string,
  { model, task, items, folder }: Asked,
  start: Start,
): AsyncIterable<Prediction> {
  const files = filesIn(folder);
  await mkdir(folder, { recursive: true });
  await writeBytes(files.model, model.bytes());
  const count = await writeJsonLines(files.items, items);
  if (count === 0) return;
  await rm(files.predictions, { force: true });
  await start({
    contract: CONTRACT_VERSION,
    task: 'predict',
    subject: subjectOf(task),
    model: files.model,
    items: files.items,
    output: files.predictions,
  });
  const wrong = (what: string) =>
    studentFault(`Student ${name}: the trainer's predictions are unusable: ${what}.`, false);
  const found = await stat(files.predictions).catch(() => undefined);
  if (found === undefined) throw wrong('there are none');
  const answers = readJsonLines(files.predictions)[Symbol.asyncIterator]();
  let line = 0;
  for await (const item of readJsonLines(files.items)) {
    line += 1;
    const next = await answers.next();
    if (next.done === true) throw wrong(`expected ${count} lines, got ${line - 1}`);
    const prediction = readPrediction(next.value, item as StudentItem, task);
    if ('wrong' in prediction) throw wrong(`line ${line}: ${prediction.wrong}`);
    yield prediction;
  }
  if ((await answers.next()).done !== true) throw wrong(`expected ${count} lines, got more`);
}

function filesIn(folder: string) {
  return {
    examples: join(folder, 'examples.jsonl'),
    validation: join(folder, 'validation.jsonl'),
    checkpoints: join(folder, 'checkpoints'),
    model: join(folder, 'model.bin'),
    items: join(folder, 'items.jsonl'),
    predictions: join(folder, 'predictions.jsonl'),
  };
}

function subjectOf(task: StudentTask) {
  return task.kind === 'extractive-qa' ? { kind: task.kind } : { kind: task.kind, labels: [...task.labels] };
}

function tellProgress(on: Pick<TrainerContext, 'progress'>): (event: TrainerEvent) => void {
  let last: TrainerProgress = { done: 0, total: 0 };
  const tell = (progress: Partial<TrainerProgress>): void => {
    last = { ...last, ...progress };
    on.progress(last);
  };
  return (event) => {
    if (event.event === 'start') tell({ done: event.resumedFrom ?? 0, total: event.steps });
    if (event.event === 'warning') tell({ note: event.message });
    if (event.event === 'progress') {
      const note = event.loss === undefined ? {} : { note: `loss ${event.loss.toPrecision(3)}` };
      tell({ done: Math.min(event.step, event.steps), total: event.steps, ...note });
    }
  };
}

function requireTask({ name, tasks }: ProcessTrainerOptions, task: TrainerTask): void {
  if (tasks.includes(task)) return;
  throw new Problem(
    'student-unfit',
    `Student "${name}" cannot ${task}: its tasks are ${tasks.join(', ')}. Name another student, or add the task in perennial.config.yaml.`,
  );
}

function unlisted(name: string, base: string, bases: readonly string[]): Problem {
  const known = bases.length === 0 ? 'it takes none' : `expected one of ${bases.join(', ')}`;
  return new Problem(
    'student-unfit',
    `Student "${name}" does not take the base "${base}": ${known}. List it under bases in perennial.config.yaml.`,
  );
}
