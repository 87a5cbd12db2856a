import { mkdirSync } from 'node:fs';
import type { Example, Prediction, StudentItem, StudentTask } from '../../../../core/students/student';
import {
  processTrainer,
  type ProcessTrainerOptions,
} from '../../../../infra/training/process/process-trainer';
import type {
  StoredModel,
  StudentTrainer,
  TrainerContext,
  TrainerProgress,
  TrainingSpec,
} from '../../../../infra/training/student-trainer';

export const LABELS: StudentTask = { kind: 'text', labels: ['neg', 'pos'] };
const FAKE = require.resolve('./fake-trainer.mjs');

export async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield await Promise.resolve(item);
}

export function fakeTrainer(more: Partial<ProcessTrainerOptions> = {}): StudentTrainer {
  return processTrainer({
    name: 'fake',
    command: [process.execPath, FAKE],
    folders: [],
    tasks: ['train', 'predict'],
    bases: [],
    env: process.env,
    ...more,
  });
}

export function specOf(examples: readonly Example[], more: Partial<TrainingSpec> = {}): TrainingSpec {
  return {
    runId: 'run-1',
    task: LABELS,
    seed: 1,
    options: {},
    examples: () => each(examples),
    examplesHash: 'hash',
    ...more,
  };
}

export const EXAMPLES: readonly Example[] = [
  { id: 'a', text: 'good', label: 'pos', weight: 1 },
  { id: 'b', text: 'bad', label: 'neg', weight: 0.5 },
];

export interface Watched extends TrainerContext {
  readonly told: TrainerProgress[];
}

/** A context in a folder of its own. */
export function contextIn(folder: string, signal = new AbortController().signal): Watched {
  mkdirSync(folder, { recursive: true });
  const told: TrainerProgress[] = [];
  return { told, signal, checkpointFolder: folder, slot: 0, progress: (progress) => told.push(progress) };
}

export function storedModel(bytes: Uint8Array | string): StoredModel {
  return { sha256: '0', bytes: () => each([Buffer.from(bytes)]) };
}

export async function modelBytes(model: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (model instanceof Uint8Array) return Buffer.from(model);
  const chunks: Uint8Array[] = [];
  for await (const chunk of model) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function predictions(
  trainer: StudentTrainer,
  model: StoredModel,
  task: StudentTask,
  items: readonly StudentItem[],
  on: TrainerContext,
): Promise<Prediction[]> {
  const found: Prediction[] = [];
  for await (const one of trainer.predict(model, task, each(items), on)) found.push(one);
  return found;
}
