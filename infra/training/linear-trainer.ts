import Piscina from 'piscina';
import type { Example, Prediction, StudentItem, StudentOptions } from '../../core/students/student';
import { compiled } from '../stack/package-root';
import type { LinearTask, LinearTrained } from './linear-thread';
import { StudentFault, type StudentTrainer, type TrainerContext } from './student-trainer';

/** Raise it when equal examples give another student than before. */
const IDENTITY = 'linear@1';
const OPTIONS = ['epochs', 'rate'] as const;
const EPOCHS_MAX = 1_000;
const THREAD_IDLE_MS = 60_000;

/** The built-in student, on a thread of its own: heartbeats go on while it computes. */
export function linearTrainer(): StudentTrainer & { close(): Promise<void> } {
  const pool = new Piscina({
    filename: compiled('infra/training/linear-thread.js'),
    minThreads: 0,
    idleTimeout: THREAD_IDLE_MS,
    atomics: 'disabled', // the thread goes back to its event loop between tasks
  });
  const run = async <Result>(task: LinearTask, { signal }: TrainerContext): Promise<Result> =>
    (await pool.run(task, { name: 'runInThread', signal })) as Result;
  return {
    identity: IDENTITY,
    async train({ task, seed, options, examples, validation, base }, on) {
      if (base !== undefined)
        throw new StudentFault(`linear: expected no base, got "${base}". Leave it out.`, false);
      const settings = settingsOf(options);
      const rows = await collect<Example>(examples(), on.signal);
      if (rows.length === 0) throw new StudentFault('linear: expected examples, got none.', false);
      const chosenBy = validation === undefined ? [] : await collect<Example>(validation(), on.signal);
      on.progress({ done: 0, total: 1, note: `${rows.length} examples` });
      return run<LinearTrained>(
        { kind: 'train', task, examples: rows, validation: chosenBy, seed, ...settings },
        on,
      );
    },
    async *predict(model, _task, items, on) {
      const rows = await collect<StudentItem>(items, on.signal);
      const pieces = await collect<Uint8Array>(model.bytes(), on.signal);
      const predictions = await run<Prediction[]>(
        { kind: 'predict', model: Buffer.concat(pieces), items: rows },
        on,
      );
      yield* predictions;
    },
    close: () => pool.destroy(),
  };
}

function settingsOf(options: StudentOptions): { epochs?: number; rate?: number } {
  for (const [name, value] of Object.entries(options)) {
    if (!(OPTIONS as readonly string[]).includes(name))
      throw new StudentFault(
        `linear: expected the options ${OPTIONS.join(', ')}, got "${name}". Remove it.`,
        false,
      );
    const fits = typeof value === 'number' && value > 0 && (name === 'rate' || isEpochs(value));
    if (!fits)
      throw new StudentFault(
        `linear: expected ${name === 'rate' ? 'a number above 0' : `a whole number from 1 to ${EPOCHS_MAX}`} as ${name}, got ${JSON.stringify(value)}.`,
        false,
      );
  }
  return options as { epochs?: number; rate?: number };
}

const isEpochs = (value: number): boolean => Number.isInteger(value) && value <= EPOCHS_MAX;

async function collect<Item>(items: AsyncIterable<Item>, signal: AbortSignal): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) {
    signal.throwIfAborted();
    all.push(item);
  }
  return all;
}
