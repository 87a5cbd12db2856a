/** If these fail, a training that was killed starts anew or ends as another student, or the reference trainer learns nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../../core/hash';
import { randomFor } from '../../../../core/random';
import type { Example, Prediction, StudentItem, StudentTask } from '../../../../core/students/student';
import { packageRoot } from '../../../../infra/stack/package-root';
import { signalGroup } from '../../../../infra/stack/process-identity';
import { processTrainer } from '../../../../infra/training/process/process-trainer';
import { TRAINER_PID_FILE } from '../../../../infra/training/process/leftover-trainer';
import type { StudentTrainer } from '../../../../infra/training/student-trainer';
import { makeFolder, type Folder } from '../../stack/folder';
import { until } from '../../stack/until';
import { contextIn, each, modelBytes, predictions, specOf, storedModel } from './trainer-fixture';

/** Debian's PyTorch belongs to the system's Python, which need not be the first on PATH. */
const PYTHONS = ['python3', '/usr/bin/python3'];

let folder: Folder;
let python: string;
beforeAll(() => (python = pythonWithTorch()));
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

function pythonWithTorch(): string {
  const found = PYTHONS.find((one) => {
    try {
      execFileSync(one, ['-c', 'import torch'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new Error('no Python with PyTorch here; on Debian: apt-get install python3-torch');
  return found;
}

function reference(): StudentTrainer {
  return processTrainer({
    name: 'reference',
    command: [python, 'infra/training/train.py'],
    folders: [packageRoot()],
    tasks: ['train', 'predict'],
    bases: ['no/such-base'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    checkpointSeconds: 0,
  });
}

const TEXT: StudentTask = { kind: 'text', labels: ['red', 'green', 'blue'] };
const READER: StudentTask = { kind: 'extractive-qa' };

/** Fillers, and one word that tells the label. */
function texts(count: number, seed: number): Example[] {
  const random = randomFor(seed, 'texts');
  return Array.from({ length: count }, (_, index) => {
    const label = TEXT.kind === 'text' ? (TEXT.labels[random.integer(3)] ?? '') : '';
    const words = Array.from({ length: 8 }, () => `filler${random.integer(50)}`);
    words[random.integer(8)] = `${label}ish${random.integer(4)}`;
    return { id: `t${index}`, text: words.join(' '), label, weight: 1 };
  });
}

/** Two persons with a year each, behind a sign that counts as two in UTF-16. */
function questions(count: number, seed: number): Example[] {
  const random = randomFor(seed, 'questions');
  return Array.from({ length: count }, (_, index) => {
    const people = [0, 1].map((which) => ({
      name: `Person${which * 20 + random.integer(20)}`,
      year: `${1500 + random.integer(400)}`,
    }));
    const context = `😀 ${people.map(({ name, year }) => `${name} came in ${year} .`).join(' ')}`;
    const asked = people[random.integer(2)] ?? { name: '', year: '' };
    const start = [...context.slice(0, context.indexOf(`${asked.name} came in ${asked.year}`))].length;
    const answer = { text: asked.year, start: start + `${asked.name} came in `.length };
    return { id: `q${index}`, context, question: `When came ${asked.name} ?`, answers: [answer], weight: 1 };
  });
}

const bare = ({ label: _label, answers: _answers, weight: _weight, ...item }: Example): StudentItem => item;

async function train(
  task: StudentTask,
  examples: readonly Example[],
  options: Record<string, number>,
  place: string,
) {
  const validation = () => each(examples.slice(0, 40));
  const spec = specOf(examples, { task, options, validation });
  const { model, ...rest } = await reference().train(spec, contextIn(join(folder.path, place)));
  return { model: await modelBytes(model), ...rest };
}

const right = (found: readonly Prediction[], gold: readonly Example[]): number =>
  found.filter((one, index) =>
    'answer' in one
      ? one.answer.text === gold[index]?.answers?.[0]?.text
      : TEXT.kind === 'text' &&
        TEXT.labels[one.probabilities.indexOf(Math.max(...one.probabilities))] === gold[index]?.label,
  ).length / gold.length;

it('learns to classify, and gives equal students for equal trainings', async () => {
  const options = { epochs: 12, rate: 3e-3 };
  const one = await train(TEXT, texts(240, 1), options, 'one');
  const two = await train(TEXT, texts(240, 1), options, 'two');
  expect(sha256(two.model)).toBe(sha256(one.model));
  expect(two.metrics).toEqual(one.metrics);
  expect(one).toMatchObject({ epochs: 12, examples: 240 });
  const gold = texts(100, 2);
  const on = contextIn(join(folder.path, 'ask'));
  expect(
    right(await predictions(reference(), storedModel(one.model), TEXT, gold.map(bare), on), gold),
  ).toBeGreaterThan(0.9);
});

it('learns to read, and counts code points', async () => {
  const { model } = await train(READER, questions(300, 1), { epochs: 8 }, 'one');
  const gold = questions(60, 2);
  const on = contextIn(join(folder.path, 'ask'));
  expect(
    right(await predictions(reference(), storedModel(model), READER, gold.map(bare), on), gold),
  ).toBeGreaterThan(0.7);
});

it('killed while it trains, it goes on from its checkpoint and ends as the very same student', async () => {
  const options = { epochs: 6, rate: 3e-3 };
  const undisturbed = await train(TEXT, texts(240, 1), options, 'undisturbed');
  const on = contextIn(join(folder.path, 'killed'));
  const spec = specOf(texts(240, 1), {
    task: TEXT,
    options,
    validation: () => each(texts(240, 1).slice(0, 40)),
  });
  const steps: number[] = [];
  // The second kill is in the middle of another epoch.
  for (const after of [20, 50]) {
    const told = on.told.length;
    const training = reference().train(spec, on);
    training.catch(() => undefined);
    await until('it is far enough', () => on.told.slice(told).some(({ done }) => done >= after));
    const { pid } = JSON.parse(readFileSync(join(on.checkpointFolder, TRAINER_PID_FILE), 'utf8')) as {
      pid: number;
    };
    signalGroup(pid, 'SIGKILL');
    await expect(training).rejects.toMatchObject({ retry: true });
    steps.push(on.told.slice(told)[0]?.done ?? -1);
  }
  const told = on.told.length;
  const { model, metrics } = await reference().train(spec, on);
  steps.push(on.told.slice(told)[0]?.done ?? -1);
  expect(steps[0]).toBe(0);
  expect(steps[1]).toBeGreaterThanOrEqual(15);
  expect(steps[2]).toBeGreaterThanOrEqual(45);
  expect(metrics).toEqual(undisturbed.metrics);
  expect(sha256(await modelBytes(model))).toBe(sha256(undisturbed.model));
});

it('asked to stop, it saves where it is first', async () => {
  const stop = new AbortController();
  const on = contextIn(join(folder.path, 'stopped'), stop.signal);
  const spec = specOf(texts(240, 1), { task: TEXT, options: { epochs: 200 } });
  const training = reference().train(spec, on);
  training.catch(() => undefined);
  await until('it trains', () => on.told.some(({ done }) => done > 0));
  stop.abort(new Error('the worker stops'));
  await expect(training).rejects.toThrow('the worker stops');
  const again = new AbortController();
  const next = contextIn(on.checkpointFolder, again.signal);
  const resumed = reference().train(spec, next);
  resumed.catch(() => undefined);
  await until('it goes on', () => next.told.length > 0);
  expect(next.told[0]?.done).toBeGreaterThan(0);
  again.abort(new Error('enough'));
  await expect(resumed).rejects.toThrow('enough');
});

it.each([
  ['an unknown option', { options: { learningRate: 1 } }, 'options.learningRate: unknown; known are', false],
  ['a base without its library', { base: 'no/such-base' }, 'base', false],
])('refuses %s', async (_, more, words, retry) => {
  const refused = reference().train(
    specOf(texts(40, 1), { task: TEXT, ...more }),
    contextIn(join(folder.path, 'run')),
  );
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.toMatchObject({ retry });
});

it('refuses rows that it cannot use, and names the line', async () => {
  const rows = [...texts(3, 1), { id: 'x', text: 'what', label: 'pink', weight: 1 }];
  const refused = reference().train(specOf(rows, { task: TEXT }), contextIn(join(folder.path, 'run')));
  await expect(refused).rejects.toThrow("line 4: expected a label of red, green, blue, got 'pink'");
  await expect(refused).rejects.toMatchObject({ retry: false });
});
