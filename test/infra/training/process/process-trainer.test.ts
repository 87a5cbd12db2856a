/** If these fail, a foreign trainer's fault is taken for another one, or a broken trainer hangs a job or fills its memory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../../../core/problem';
import { StudentFault } from '../../../../infra/training/student-trainer';
import { makeFolder, type Folder } from '../../stack/folder';
import { until } from '../../stack/until';
import {
  contextIn,
  EXAMPLES,
  fakeTrainer,
  LABELS,
  modelBytes,
  predictions,
  specOf,
  storedModel,
} from './trainer-fixture';

let folder: Folder;
beforeEach(() => (folder = makeFolder()));
afterEach(() => folder.remove());

const work = () => join(folder.path, 'run');
const act = (name: string, more: Record<string, string | number> = {}) =>
  specOf(EXAMPLES, { options: { act: name, ...more } });

async function faultOf(ask: Promise<unknown>): Promise<StudentFault> {
  const error = await ask.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StudentFault)) throw new Error(`expected a StudentFault, got ${String(error)}`);
  return error;
}

describe('a training', () => {
  it('gives the model, what was measured and how far it is', async () => {
    const on = contextIn(work());
    const trained = await fakeTrainer().train(specOf(EXAMPLES), on);
    expect((await modelBytes(trained.model)).toString()).toBe('a trained student');
    expect(trained).toMatchObject({ epochs: 2, examples: 2, metrics: { accuracy: 0.75, resumed: 0 } });
    expect(on.told).toEqual([
      { done: 0, total: 4 },
      { done: 2, total: 4, note: 'loss 0.500' },
      { done: 2, total: 4, note: 'little memory' },
    ]);
  });

  it('hands the trainer all that decides what the student becomes', async () => {
    const base = 'small-base';
    const validation = () => specOf(EXAMPLES.slice(0, 1)).examples();
    const spec = { ...specOf(EXAMPLES), seed: 7, base, validation };
    await fakeTrainer({ bases: [base] }).train(spec, contextIn(work()));
    const job = JSON.parse(readFileSync(join(work(), 'job.json'), 'utf8')) as Record<string, string>;
    expect(job).toMatchObject({ contract: 1, task: 'train', runId: 'run-1', seed: 7, base, subject: LABELS });
    expect(
      readFileSync(job.examples ?? '', 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
    expect(
      readFileSync(job.validation ?? '', 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  it('goes on from the newest whole checkpoint of this run', async () => {
    await faultOf(fakeTrainer().train(act('dies'), contextIn(work())));
    const again = await fakeTrainer().train(specOf(EXAMPLES), contextIn(work()));
    expect(again.metrics.resumed).toBe(3);
    const other = await fakeTrainer().train(specOf(EXAMPLES, { runId: 'run-2' }), contextIn(work()));
    expect(other.metrics.resumed).toBe(0);
    folder.write('run/checkpoints/step-3/state', 'half of i');
    const broken = await fakeTrainer().train(specOf(EXAMPLES), contextIn(work()));
    expect(broken.metrics.resumed).toBe(0);
  });

  it('is asked to stop, and does so after a checkpoint', async () => {
    const stop = new AbortController();
    const on = contextIn(work(), stop.signal);
    const training = fakeTrainer().train(act('stoppable'), on);
    training.catch(() => undefined);
    await until('it has begun', () => on.told.length > 0);
    stop.abort(new Error('the worker stops'));
    await expect(training).rejects.toThrow('the worker stops');
    expect(existsSync(join(work(), 'checkpoints/step-2/manifest.json'))).toBe(true);
  });
});

describe('a trainer that ends badly', () => {
  it.each([
    [64, 'refuses the job', false],
    [65, 'cannot use the data', false],
    [70, 'failed', true],
    [75, 'cannot do it now', true],
    [143, 'was stopped from outside', true],
    [3, 'failed', true],
  ])('with code %i: %s', async (code, words, retry) => {
    const fault = await faultOf(fakeTrainer().train(act('exit', { code }), contextIn(work())));
    expect(fault.retry).toBe(retry);
    expect(fault.message).toContain(`Student fake: the trainer ${words} (exit code ${code}). said so`);
    expect(fault.message).not.toContain('sk-secret');
  });

  it.each([
    ['dies', 'out of luck', true],
    ['no-result', 'ended with 0 but gave no result', true],
    ['no-model', 'expected a model', true],
    ['malformed', 'wrote an event that its contract does not know: step', true],
    ['no-hello', 'expected the event "hello" first, got "start"', false],
    ['later-contract', 'speaks contract 2; expected 1', false],
    ['silent', 'gave no event for 1', true],
    ['mute', 'gave no first event for 1', true],
    ['huge', 'wrote a line of more than 5000 characters', true],
    ['flood', 'wrote more than 100 lines that are no events', true],
  ])('%s: %s', async (name, words, retry) => {
    const limits = { lineCharactersMax: 5_000, strayLinesMax: 100 };
    const quiet = name === 'mute' ? { helloMs: 1_000 } : name === 'silent' ? { silenceMs: 1_000 } : {};
    const trainer = fakeTrainer({ limits: { ...limits, ...quiet } });
    const fault = await faultOf(trainer.train(act(name), contextIn(work())));
    expect(fault.message).toContain(words);
    expect(fault.retry).toBe(retry);
  });

  it('is not needed where the program is missing', async () => {
    const trainer = fakeTrainer({ command: ['no-such-trainer-anywhere'] });
    const fault = await faultOf(trainer.train(specOf(EXAMPLES), contextIn(work())));
    expect(fault.message).toContain('expected its trainer to start');
    expect(fault.retry).toBe(false);
  });
});

it('takes a library’s words on standard output for what they are', async () => {
  const trained = await fakeTrainer().train(act('garbage'), contextIn(work()));
  expect(trained.metrics.accuracy).toBe(0.75);
});

it('keeps the keys of models to itself', async () => {
  const env = { ...process.env, OPENAI_API_KEY: 'of-no-concern', CUDA_VISIBLE_DEVICES: '3' };
  const fault = await faultOf(fakeTrainer({ env }).train(act('environment'), contextIn(work())));
  expect(fault.message).toMatch(/CUDA_VISIBLE_DEVICES$/);
  expect(fault.message).not.toContain('OPENAI_API_KEY');
});

it('refuses bases and tasks that are not configured', async () => {
  const based = fakeTrainer({ bases: ['one'] }).train(specOf(EXAMPLES, { base: 'two' }), contextIn(work()));
  await expect(based).rejects.toThrow(
    new Problem(
      'student-unfit',
      'Student "fake" does not take the base "two": expected one of one. List it under bases in perennial.config.yaml.',
    ),
  );
  const untrained = fakeTrainer({ tasks: ['predict'] }).train(specOf(EXAMPLES), contextIn(work()));
  await expect(untrained).rejects.toMatchObject({ code: 'student-unfit' });
});

it('is another student once its command, or a file of it, is another', () => {
  const script = folder.write('trainer.py', 'one');
  const identity = () => fakeTrainer({ command: ['python3', 'trainer.py'], folders: [folder.path] }).identity;
  const before = identity();
  expect(identity()).toBe(before);
  folder.write('trainer.py', 'two');
  expect(script).toContain('trainer.py');
  expect(identity()).not.toBe(before);
  expect(fakeTrainer().identity).not.toBe(before);
});

describe('predictions', () => {
  const items = [
    { id: 'a', text: 'good' },
    { id: 'b', text: 'bad' },
  ];
  const ask = (model: string) =>
    predictions(fakeTrainer(), storedModel(model), LABELS, items, contextIn(work()));

  it('come one an item, in order', async () => {
    expect(await ask('right')).toEqual([
      { id: 'a', probabilities: [0.5, 0.5] },
      { id: 'b', probabilities: [0.5, 0.5] },
    ]);
  });

  it.each([
    ['sum', 'line 1: expected probabilities with the sum 1, got 1.8'],
    ['id', 'line 1: expected item "a", got "other"'],
    ['short', 'expected 2 lines, got 1'],
    ['long', 'expected 2 lines, got more'],
  ])('that are wrong by %s are not believed', async (how, words) => {
    expect((await faultOf(ask(`wrong:${how}`))).message).toContain(words);
  });

  it('of spans must stand in their context, counted in code points', async () => {
    const reader = { kind: 'extractive-qa' } as const;
    const item = { id: 'q', context: '😀 in 1889', question: 'when ?' };
    const said = (model: string) =>
      predictions(fakeTrainer(), storedModel(model), reader, [item], contextIn(work()));
    expect(await said('right')).toEqual([{ id: 'q', answer: { text: '😀', start: 0 }, probability: 0.5 }]);
    expect((await faultOf(said('wrong:start'))).message).toContain('expected "😀" at code point 1');
  });
});
