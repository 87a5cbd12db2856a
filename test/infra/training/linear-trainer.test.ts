/** If these fail, the student that every job can have cannot be trained beside the heartbeats of its worker. */
import type { Example, LabelPrediction, StudentItem } from '../../../core/students/student';
import { linearTrainer } from '../../../infra/training/linear-trainer';
import type { TrainerContext, TrainingSpec } from '../../../infra/training/student-trainer';
import { toyRows } from '../../support/toy/student-strategy';

const trainer = linearTrainer();
afterAll(() => trainer.close());

const TASK = { kind: 'text', labels: ['cold', 'warm'] } as const;
const EXAMPLES: Example[] = toyRows(60).map((row) => ({ ...row, weight: 1 }));
async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
const spec = (change: Partial<TrainingSpec> = {}): TrainingSpec => ({
  ...{ runId: 'run', task: TASK, seed: 1, options: {}, examplesHash: 'e' },
  examples: () => each(EXAMPLES),
  ...change,
});
const on = (signal = new AbortController().signal): TrainerContext => ({
  ...{ progress: () => undefined, signal, checkpointFolder: '', slot: 0 },
});
const itemOf = ({ id, text }: { id: string; text: string }): StudentItem => ({ id, text });

it('trains on a thread, equal bytes for equal examples, and predicts in the order of the items', async () => {
  const first = await trainer.train(spec(), on());
  const again = await trainer.train(spec(), on());
  expect(Buffer.compare(first.model as Uint8Array, again.model as Uint8Array)).toBe(0);
  expect(first).toMatchObject({ epochs: 8, examples: 60 });
  expect(first.metrics['loss']).toBeLessThan(0.5);
  const model = { sha256: 'm', bytes: () => each([first.model as Uint8Array]) };
  const rows = toyRows(90).slice(60);
  const predictions: LabelPrediction[] = [];
  for await (const prediction of trainer.predict(model, TASK, each(rows.map(itemOf)), on()))
    predictions.push(prediction as LabelPrediction);
  expect(predictions.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  const right = predictions.filter(
    ({ probabilities }, i) => (probabilities[0]! > 0.5 ? 'cold' : 'warm') === rows[i]!.label,
  );
  expect(right.length).toBeGreaterThan(27);
});

it('measures a validation set where there is one', async () => {
  const { metrics } = await trainer.train(spec({ validation: () => each(EXAMPLES.slice(0, 20)) }), on());
  expect(Object.keys(metrics)).toEqual(['loss', 'validationLoss']);
});

it.each([
  [{ options: { batch: 8 } }, /epochs, rate, got "batch"/],
  [{ options: { epochs: 0 } }, /whole number from 1 to 1000 as epochs, got 0/],
  [{ options: { rate: 'fast' } }, /number above 0 as rate, got "fast"/],
  [{ base: 'gpt' }, /expected no base, got "gpt"/],
  [{ examples: () => each<Example>([]) }, /expected examples, got none/],
])('refuses %j for good', async (change, message) => {
  await expect(trainer.train(spec(change), on())).rejects.toMatchObject({
    ...{ name: 'StudentFault', retry: false },
    message: expect.stringMatching(message) as string,
  });
});

it('stops when it is told to', async () => {
  const controller = new AbortController();
  const training = trainer.train(spec({ options: { epochs: 1_000 } }), on(controller.signal));
  controller.abort();
  await expect(training).rejects.toThrow();
});
