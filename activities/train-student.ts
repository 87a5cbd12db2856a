import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hashJson, sha256 } from '../core/hash';
import type { Json } from '../core/json';
import { LEASE_MS, STUDENT_STARTS_MAX } from '../core/story/limits';
import type { Activities } from '../core/story/ports';
import type { Example, StudentFacts, TrainedRecord, Training } from '../core/students/student';
import { recordArtifact } from '../infra/database/files';
import {
  claimTraining,
  type FinishedTraining,
  finishTraining,
  forgetTraining,
  releaseTraining,
  renewTraining,
  type TrainingKey,
} from '../infra/database/trainings';
import { refuseUnfit } from '../infra/training/student-directory';
import { StudentFault, type StudentTrainer, type TrainingSpec } from '../infra/training/student-trainer';
import type { Show } from './as-activity';
import type { TrainerDeps } from './deps';
import { type StudentWork, studentRow } from './student-row';

/** How often a training asks whether another holder of the same one has finished or died. */
const HELD_POLL_MS = 500;
const RENEW_MS = LEASE_MS / 4;

/** Trains one student; one of the tenant that was trained from the same before is taken instead. */
export function trainStudent(deps: TrainerDeps) {
  return (input: Parameters<Activities['trainStudent']>[0], show: Show = () => undefined) =>
    studentRow(deps, input, 'train', trainOnce, show);
}

async function trainOnce(work: StudentWork): Promise<{ record: Json }> {
  const { deps, job, row, stage } = work;
  const training = row.data as unknown as Training;
  const student = studentOf(job.facts.students, training.role);
  refuseUnfit(deps.students, student, [training.task.kind]);
  const trainer = deps.trainers.of(student);
  const spec = await specOf(work, training, student, trainer);
  const trained = await trainedOnce(work, spec, trainer);
  const { sha256: model, bytes, ...rest } = trained;
  await recordArtifact(deps.db, {
    ...{ tenant: job.tenant, job: job.id, name: `${stage}/students/${row.key}` },
    ...{ sha256: model, index_sha256: null, bytes, items: 1, at: Date.now() },
  });
  const record: TrainedRecord = { student: model, runId: spec.runId, ...rest };
  return { record: { ...record } };
}

export function studentOf(students: Readonly<Record<string, StudentFacts>>, role: string): StudentFacts {
  const student = students[role];
  if (!student) throw new TypeError(`the job has no student "${role}"`);
  return student;
}

async function specOf(
  { read }: StudentWork,
  { task, seed, options, examples, validation }: Training,
  { base }: StudentFacts,
  { identity }: StudentTrainer,
): Promise<TrainingSpec> {
  const examplesHash = await hashOf(read, examples);
  const validationHash = validation === undefined ? undefined : await hashOf(read, validation);
  const what = { task, seed, options, ...(base === undefined ? {} : { base }) };
  const hashes = { examplesHash, ...(validationHash === undefined ? {} : { validationHash }) };
  return {
    runId: hashJson({ identity, ...what, ...hashes }),
    ...what,
    ...hashes,
    examples: () => read.collection<Example>(examples),
    ...(validation === undefined ? {} : { validation: () => read.collection<Example>(validation) }),
  };
}

async function hashOf(read: StudentWork['read'], collection: string): Promise<string> {
  return (await read.artifact(collection))?.sha256 ?? sha256('');
}

/** Finds the finished training, waits for whoever does it at the moment, or does it. */
async function trainedOnce(
  work: StudentWork,
  spec: TrainingSpec,
  trainer: StudentTrainer,
): Promise<FinishedTraining> {
  const { deps, job, signal } = work;
  const key = { tenant: job.tenant, runId: spec.runId };
  for (;;) {
    const holder = randomUUID();
    const claim = await claimTraining(deps.db, key, holder, LEASE_MS);
    if ('finished' in claim) {
      if (await deps.artifacts.has(claim.finished.sha256)) return claim.finished;
      await forgetTraining(deps.db, key);
    } else if ('held' in claim) {
      work.show('waits for the same training of another job or worker');
      await delay(HELD_POLL_MS, undefined, { signal });
    } else {
      const done = await trainHeld(work, spec, trainer, key, holder, claim.starts);
      if (done) return done;
    }
  }
}

/** @returns undefined when the claim was lost meanwhile: somebody else has it */
async function trainHeld(
  { deps, signal: stopped, show }: StudentWork,
  spec: TrainingSpec,
  trainer: StudentTrainer,
  key: TrainingKey,
  holder: string,
  starts: number,
): Promise<FinishedTraining | undefined> {
  const lost = new AbortController();
  const renew = async () => {
    if (!(await renewTraining(deps.db, key, holder, LEASE_MS))) lost.abort(new Error('the claim is lost'));
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
  const checkpointFolder = join(deps.checkpoints, spec.runId);
  const { slot, release } = deps.slots.take();
  try {
    if (starts > STUDENT_STARTS_MAX)
      throw new StudentFault(
        `it was begun ${starts - 1} times and took its process down each time; look at the trainer's log and its memory`,
        false,
      );
    await mkdir(checkpointFolder, { recursive: true });
    const trained = await trainer.train(spec, {
      progress: ({ done, total, note }) => show(`${done} of ${total}${note === undefined ? '' : ` ${note}`}`),
      signal: AbortSignal.any([stopped, lost.signal]),
      ...{ checkpointFolder, slot },
    });
    const { model, epochs, examples, metrics } = trained;
    const stored = await deps.artifacts.write(model instanceof Uint8Array ? [model] : model);
    const finished = await finishTraining(deps.db, key, { ...stored, epochs, examples, metrics });
    await rm(checkpointFolder, { recursive: true, force: true });
    return finished;
  } catch (error) {
    if (lost.signal.aborted && !stopped.aborted) return undefined;
    await releaseTraining(deps.db, key, holder, error instanceof StudentFault);
    throw error;
  } finally {
    release();
    clearInterval(timer);
  }
}
