/** If these fail, a job's students are lost, trained twice, or stop the job for good. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STRATEGIES } from '../../core/strategies/registry';
import type { Block } from '../../core/story/vocabulary';
import type { TrainedRecord } from '../../core/students/student';
import { listArtifacts } from '../../infra/database/files';
import { listOutcomes, recordOf } from '../../infra/database/rows';
import { findStage } from '../../infra/database/stages';
import { StudentFault, type StudentTrainer } from '../../infra/training/student-trainer';
import type { Trainers } from '../../infra/training/trainers';
import { InProcess, type InProcessOptions } from '../support/in-process';
import { toyRows, toyStudent } from '../support/toy/student-strategy';
import { until } from '../support/until';

const OPTIONS: InProcessOptions = {
  strategies: [...STRATEGIES, toyStudent],
  workflowsPath: join(__dirname, '..', 'support', 'toy', 'workflows.ts'),
};
const LINEAR = { main: { name: 'linear' } };
const job = (params: object = {}) => ({
  strategy: 'toy-student',
  params,
  models: {},
  students: LINEAR,
});

let stack: InProcess;
beforeAll(async () => {
  stack = await InProcess.start(OPTIONS);
}, 120_000);
afterAll(() => stack.stop(), 60_000);

/** Every training goes through `before`, which may fail it or hold it up. */
const spoiled =
  (before: (...args: Parameters<StudentTrainer['train']>) => Promise<void>) =>
  (trainers: Trainers): Trainers => ({
    ...trainers,
    of: (student) => {
      const trainer = trainers.of(student);
      return {
        ...trainer,
        train: async (spec, on) => {
          await before(spec, on);
          return trainer.train(spec, on);
        },
      };
    },
  });

async function restart(options: Partial<InProcessOptions> = {}): Promise<void> {
  await stack.stopWorkers();
  await stack.startWorkers({ ...OPTIONS, ...options });
}

async function trainedOf(id: string): Promise<TrainedRecord[]> {
  const rows = await listOutcomes(
    ...([stack.db, 'default', id, { stage: 'main/train-0' }, undefined, 10] as const),
  );
  return rows.map((row) => recordOf(row) as unknown as TrainedRecord);
}

const stage = (id: string, name: string) =>
  findStage(stack.db, { tenant: 'default', job: id, stage: name, plan: 0 });
const blockOf = async (id: string, code: string) =>
  until(
    async () => {
      const { block } = await stack.job(id);
      const found = block === null ? undefined : (JSON.parse(block) as Block);
      return found?.code === code ? found : undefined;
    },
    { what: `${id} to be blocked as ${code}` },
  );

it('trains, evaluates, concludes and publishes what a transform declared, in stages whose names hold a slash', async () => {
  await stack.submit('toy-student-1', job(), toyRows(40));
  const { summary } = await stack.waitFor('toy-student-1', 'succeeded');
  expect(JSON.parse(summary!)).toMatchObject({ planned: 44, accepted: 44, records: 20 });
  expect(JSON.parse((await stage('toy-student-1', 'main/seed'))!.facts)).toEqual({ accepted: 20 });
  expect(await stage('toy-student-1', 'main/gate-0')).toMatchObject({ planned: 20, accepted: 20 });
  const mined = JSON.parse((await stage('toy-student-1', 'main/mine-0'))!.facts) as Record<string, number>;
  expect(mined).toMatchObject({ predictions: 40, failed: 0 });
  expect(mined['accuracy']).toBeGreaterThan(0.9);
  const names = (await listArtifacts(stack.db, 'default', 'toy-student-1')).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'main/train-0/examples',
      'main/train-0/students/synthetic-only/1',
      'main/mine-0/predictions/synthetic-only/2',
      'publish/dataset.jsonl',
    ]),
  );
}, 120_000);

it('trains a student once, whichever jobs need it', async () => {
  const begun: string[] = [];
  const count = spoiled((spec) => {
    begun.push(spec.runId);
    return Promise.resolve();
  });
  await restart({ spoilTrainers: count });
  await Promise.all(
    ['a', 'b'].map((name) => stack.submit(`toy-student-${name}`, job({ epochs: 5 }), toyRows(40))),
  );
  for (const name of ['a', 'b']) await stack.waitFor(`toy-student-${name}`, 'succeeded');
  expect(begun).toHaveLength(2); // one a seed
  const [a, b] = [await trainedOf('toy-student-a'), await trainedOf('toy-student-b')];
  expect(a).toEqual(b);
  expect(a.map(({ runId }) => runId).sort()).toEqual(begun.sort());
}, 120_000);

it('goes on with a training whose worker was stopped in its middle', async () => {
  const folders: string[] = [];
  const hangs = spoiled((_spec, { checkpointFolder, signal }) => {
    writeFileSync(join(checkpointFolder, 'half'), '');
    folders.push(checkpointFolder);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
  });
  await restart({ spoilTrainers: hangs });
  await stack.submit('toy-student-stopped', job({ epochs: 6 }), toyRows(40));
  await until(() => Promise.resolve(folders.length === 2 || undefined), { what: 'both trainings to begin' });
  const found: boolean[] = [];
  const resumes = spoiled((_spec, { checkpointFolder }) => {
    found.push(existsSync(join(checkpointFolder, 'half')));
    return Promise.resolve();
  });
  await restart({ spoilTrainers: resumes });
  await stack.waitFor('toy-student-stopped', 'succeeded');
  expect(found).toEqual([true, true]);
  expect(folders.filter((folder) => existsSync(folder) && readdirSync(folder).length > 0)).toEqual([]);
}, 120_000);

it('asks a person when a student fails three times, trains it after the repair, or goes on without', async () => {
  const tried: string[] = [];
  const fails = spoiled(({ runId }) => {
    tried.push(runId);
    return Promise.reject(new StudentFault('exit status 70: no device', true));
  });
  await restart({ spoilTrainers: fails });
  for (const name of ['repaired', 'without'])
    await stack.submit(`toy-student-${name}`, job({ epochs: 7, seeds: [name.length] }), toyRows(40));
  const block = await blockOf('toy-student-repaired', 'student');
  expect(block.choices).toEqual(['retry', 'publish']);
  expect(block.message).toContain('exit status 70: no device');
  await blockOf('toy-student-without', 'student');
  expect(tried).toHaveLength(6);
  await stack.choose('toy-student-without', 'main/train-0', 'student', 'publish');
  await stack.waitFor('toy-student-without', 'succeeded');
  expect(await stage('toy-student-without', 'main/train-0')).toMatchObject({ planned: 1, failed: 1 });
  expect(await stage('toy-student-without', 'main/mine-0')).toBeUndefined();
  await restart();
  await stack.resume('toy-student-repaired');
  await stack.waitFor('toy-student-repaired', 'succeeded');
  expect(await stage('toy-student-repaired', 'main/train-0')).toMatchObject({ accepted: 1, failed: 0 });
}, 120_000);

it('writes the rows of a transform only after its gate was answered, and as it was answered', async () => {
  const rows = toyRows(40).map((row, i) => (i === 0 ? { ...row, text: `trouble ${row.text}` } : row));
  await stack.submit('toy-student-gate', job(), rows);
  const { choices } = await blockOf('toy-student-gate', 'artefact');
  expect(choices).toEqual(['accept', 'discard-round']);
  expect(await stage('toy-student-gate', 'main/gate-0')).toBeUndefined();
  await stack.choose('toy-student-gate', 'main/gate-0', 'artefact', 'discard-round');
  const { summary } = await stack.waitFor('toy-student-gate', 'succeeded');
  expect(JSON.parse(summary!)).toMatchObject({ records: 19, rejected: 1 });
  expect(await stage('toy-student-gate', 'main/gate-0')).toMatchObject({ accepted: 19, rejected: 1 });
}, 120_000);

it('stops a training when its job is paused, and takes it up again', async () => {
  let [begun, aborted] = [0, 0];
  const waits = spoiled((_spec, { signal }) => {
    begun += 1;
    return new Promise((_resolve, reject) => {
      const stop = () => {
        aborted += 1;
        reject(new Error('stopped'));
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  });
  await restart({ spoilTrainers: waits });
  const id = 'toy-student-paused';
  await stack.submit(id, job({ epochs: 9, seeds: [1] }), toyRows(40));
  await until(() => Promise.resolve(begun > 0 || undefined), { what: 'the training to begin' });
  await stack.pause(id);
  await stack.waitFor(id, 'paused');
  expect(aborted).toBe(1);
  await restart();
  await stack.unpause(id);
  await stack.waitFor(id, 'succeeded');
}, 120_000);
