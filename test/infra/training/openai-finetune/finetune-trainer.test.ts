/** If these fail, a fine-tuning is started and paid twice, goes on though nobody wants it, or its student answers wrongly. */
import { join } from 'node:path';
import { fineTuneClient } from '../../../../infra/training/openai-finetune/finetune-client';
import { fineTuneTrainer } from '../../../../infra/training/openai-finetune/finetune-trainer';
import { StudentFault, type StudentTrainer } from '../../../../infra/training/student-trainer';
import { makeFolder, type Folder } from '../../stack/folder';
import { until } from '../../stack/until';
import {
  contextIn,
  EXAMPLES,
  LABELS,
  modelBytes,
  predictions,
  specOf,
  storedModel,
} from '../process/trainer-fixture';
import { startMockService, type MockService } from './mock-service';

let service: MockService;
let folder: Folder;
beforeEach(async () => {
  service = await startMockService();
  folder = makeFolder();
});
afterEach(async () => {
  await service.close();
  folder.remove();
});

const work = () => join(folder.path, 'run');
function trainer(): StudentTrainer {
  const client = fineTuneClient({ provider: { baseUrl: service.url }, key: () => 'a-key' });
  const times = { lookFirstMs: 1, lookMaxMs: 1, relistMs: 1 };
  return fineTuneTrainer({ name: 'tuned', provider: 'mine', client, bases: ['small-1', 'small-2'], times });
}
const train = (more = {}) => trainer().train(specOf(EXAMPLES, more), contextIn(work()));

describe('a training', () => {
  it('uploads the rows, starts one job with its run in the metadata, and follows it to its end', async () => {
    const on = contextIn(work());
    const options = { epochs: 3, batch: 8, rateMultiplier: 2 };
    const trained = await trainer().train(
      specOf(EXAMPLES, { options, validation: specOf(EXAMPLES).examples }),
      on,
    );
    expect(JSON.parse((await modelBytes(trained.model)).toString())).toEqual({
      kind: 'openai-finetune',
      model: 'ft:small-1:ftjob-1',
      seed: 1,
    });
    expect(trained).toMatchObject({ epochs: 3, examples: 2, metrics: { loss: 0.25 } });
    expect(service.jobs).toMatchObject([
      {
        model: 'small-1',
        seed: 1,
        training_file: 'file-1',
        validation_file: 'file-2',
        metadata: { perennial_run: 'run-1' },
        method: {
          supervised: { hyperparameters: { n_epochs: 3, batch_size: 8, learning_rate_multiplier: 2 } },
        },
      },
    ]);
    expect(on.told).toContainEqual({ done: 3, total: 9, note: 'loss 0.250' });
  });

  it('writes a row as often as it weighs more than the lightest', async () => {
    await train();
    const lines = (service.files.get('file-1') ?? '').trim().split('\n');
    const answers = lines.map(
      (line) => (JSON.parse(line) as { messages: { content: string }[] }).messages[2]?.content,
    );
    expect(answers).toEqual(['2', '2', '1']);
  });

  it('attaches to its job after a crash, wherever the crash was', async () => {
    service.wish.hold = true;
    const stop = new AbortController();
    const on = contextIn(work(), stop.signal);
    const first = trainer().train(specOf(EXAMPLES), on);
    first.catch(() => undefined);
    await until('it is being looked at', () => on.told.length > 0);
    stop.abort(new Error('the worker stops'));
    await expect(first).rejects.toThrow('the worker stops');
    service.wish.hold = false;
    await train();
    await trainer().train(specOf(EXAMPLES), contextIn(join(folder.path, 'another-machine')));
    expect(service.jobs.map(({ status }) => status)).toEqual(['succeeded']);
    expect(service.files.size).toBe(1);
  });

  it('finds a job whose start was never confirmed, though the list is late', async () => {
    service.wish.creation = 'cut';
    service.wish.listLag = 1;
    await expect(train()).rejects.toMatchObject({ retry: true });
    service.wish.creation = 'good';
    await train();
    expect(service.jobs).toHaveLength(1);
  });

  it('cancels the paid job when nobody wants the student any more', async () => {
    service.wish.hold = true;
    const stop = new AbortController();
    const on = contextIn(work(), stop.signal);
    const first = trainer().train(specOf(EXAMPLES), on);
    first.catch(() => undefined);
    await until('it is being looked at', () => on.told.length > 0);
    stop.abort(new Error('CANCELLED'));
    await expect(first).rejects.toThrow('CANCELLED');
    expect(service.jobs.map(({ status }) => status)).toEqual(['cancelled']);
    service.wish.hold = false;
    await train();
    expect(service.jobs.map(({ status }) => status)).toEqual(['cancelled', 'succeeded']);
  });

  it('says why a job failed, and starts another one when it is asked again', async () => {
    service.wish.end = 'failed';
    const fault = train();
    await expect(fault).rejects.toThrow('fine-tuning ftjob-1 failed: line 3 is empty');
    await expect(fault).rejects.toMatchObject({ retry: false });
    service.wish.end = 'succeeded';
    await train();
    expect(service.jobs).toHaveLength(2);
  });

  it('says what the service refuses', async () => {
    service.wish.creation = 'refused';
    await expect(train()).rejects.toThrow('Student tuned: status 400: the file is too short');
    await expect(train()).rejects.toBeInstanceOf(StudentFault);
  });

  it.each([
    [{ task: { kind: 'extractive-qa' } }, 'Student "tuned" cannot do extractive-qa'],
    [{ base: 'large-9' }, 'does not take the base "large-9": expected one of small-1, small-2'],
    [{ options: { rate: 1e-5 } }, 'expected numbers above 0 for epochs, batch, rateMultiplier, got rate'],
  ])('refuses what it cannot do: %j', async (more, words) => {
    const refused = train(more);
    await expect(refused).rejects.toMatchObject({ code: 'student-unfit' });
    await expect(refused).rejects.toThrow(words);
    expect(service.files.size + service.jobs.length).toBe(0);
  });
});

describe('predictions', () => {
  const model = storedModel(JSON.stringify({ kind: 'openai-finetune', model: 'ft:x', seed: 1 }));
  const items = [
    { id: 'a', text: 'good' },
    { id: 'b', text: 'bad' },
  ];
  const ask = () => predictions(trainer(), model, LABELS, items, contextIn(work()));
  const rounded = (found: readonly object[]) =>
    found.map((one) => (one as { probabilities: number[] }).probabilities.map((share) => +share.toFixed(6)));

  it('are the shares of the labels’ numbers, at temperature 0', async () => {
    expect(rounded(await ask())).toEqual([
      [0.25, 0.75],
      [0.75, 0.25],
    ]);
    expect(service.chats).toMatchObject([
      { model: 'ft:x', temperature: 0 },
      { model: 'ft:x', temperature: 0 },
    ]);
  });

  it('are certain where the service gives no probabilities', async () => {
    service.wish.logprobs = false;
    expect(rounded(await ask())).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('are not paid twice after a fault that is no affair of theirs', async () => {
    service.wish.chatFaults = [401];
    await expect(ask()).rejects.toMatchObject({ retry: false });
    expect(service.chats).toHaveLength(1);
    expect(await ask()).toHaveLength(2);
    expect(service.chats).toHaveLength(2);
  });

  it('refuse a model of another kind', async () => {
    const other = predictions(trainer(), storedModel('weights'), LABELS, items, contextIn(work()));
    await expect(other).rejects.toThrow('expected a model of this student, got other bytes');
  });
});
