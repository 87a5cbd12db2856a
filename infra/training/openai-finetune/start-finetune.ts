import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../../core/problem';
import { ModelFault } from '../../models/model-client';
import type { ExampleSource, TrainerContext, TrainingSpec } from '../student-trainer';
import { repeatsOf, trainingLine } from './classify-by-chat';
import type { FineTuneClient, FineTuneOrder, RemoteFineTune } from './finetune-client';
import { readSubmission, writeSubmission, type Submission } from './submission';

const OPTIONS = ['epochs', 'batch', 'rateMultiplier'] as const;

export interface Start {
  readonly name: string;
  readonly client: FineTuneClient;
  readonly spec: TrainingSpec;
  readonly labels: readonly string[];
  readonly bases: readonly string[];
  readonly relistMs: number;
}

/** The run's one fine-tuning job: attached to where there is one, started where there is none. */
export async function startFineTune(
  start: Start,
  on: Pick<TrainerContext, 'checkpointFolder' | 'signal'>,
): Promise<{ job: RemoteFineTune; examples: number }> {
  const { client, spec } = start;
  const order = orderOf(start);
  const folder = on.checkpointFolder;
  let submission = await readSubmission(folder, spec.runId);
  const keep = (more: Partial<Submission>): Promise<void> =>
    writeSubmission(folder, (submission = { ...submission, ...more }));
  const { count: examples, weightMin } = await weigh(spec.examples);
  const known =
    submission.jobId === undefined ? await client.find(spec.runId) : await client.retrieve(submission.jobId);
  if (known !== undefined) return { job: known, examples };
  if (submission.asked) {
    // A new job may take a while to appear in the list.
    await wait(start.relistMs, undefined, { signal: on.signal });
    const late = await client.find(spec.runId);
    if (late !== undefined) return { job: late, examples };
  }
  const send = async (name: string, source: ExampleSource, lightest: number): Promise<string> => {
    const file = join(folder, name);
    await pipeline(Readable.from(linesOf(source, start.labels, lightest)), createWriteStream(file));
    return client.upload(file);
  };
  if (submission.trainingFile === undefined)
    await keep({ trainingFile: await send('train.jsonl', spec.examples, weightMin) });
  if (spec.validation !== undefined && submission.validationFile === undefined)
    await keep({ validationFile: await send('validate.jsonl', spec.validation, 1) });
  on.signal.throwIfAborted();
  await keep({ asked: true });
  const { trainingFile = '', validationFile } = submission;
  try {
    const job = await client.create({
      ...order,
      trainingFile,
      ...(validationFile === undefined ? {} : { validationFile }),
    });
    await keep({ jobId: job.id });
    return { job, examples };
  } catch (error) {
    // Refused: there is no such job, and its files may be the reason.
    if (error instanceof ModelFault && error.fault.status !== undefined && error.fault.status < 500)
      await writeSubmission(folder, { runId: spec.runId, asked: false });
    throw error;
  }
}

function orderOf({ name, spec, bases }: Start): Omit<FineTuneOrder, 'trainingFile'> {
  const base = spec.base ?? bases[0];
  if (base === undefined || !bases.includes(base))
    throw new Problem(
      'student-unfit',
      `Student "${name}" does not take the base "${base ?? ''}": expected one of ${bases.join(', ')}. List it under bases in perennial.config.yaml.`,
    );
  const numbers: Partial<Record<(typeof OPTIONS)[number], number>> = {};
  for (const [option, value] of Object.entries(spec.options)) {
    const known = OPTIONS.find((one) => one === option);
    if (known === undefined || typeof value !== 'number' || value <= 0)
      throw new Problem(
        'student-unfit',
        `Student "${name}": expected numbers above 0 for ${OPTIONS.join(', ')}, got ${option}: ${value}.`,
      );
    numbers[known] = value;
  }
  return { runId: spec.runId, base, seed: spec.seed, ...numbers };
}

async function weigh(source: ExampleSource): Promise<{ count: number; weightMin: number }> {
  let [count, weightMin] = [0, Infinity];
  for await (const { weight } of source()) {
    count += 1;
    weightMin = Math.min(weightMin, weight);
  }
  return { count, weightMin };
}

async function* linesOf(
  source: ExampleSource,
  labels: readonly string[],
  weightMin: number,
): AsyncIterable<string> {
  for await (const example of source())
    yield trainingLine(example, labels).repeat(repeatsOf(example.weight, weightMin));
}
