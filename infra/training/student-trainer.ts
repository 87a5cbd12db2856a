/** What a student is to the shell: something that is trained from nothing, and that predicts. Adapters stand beside this. */
import type {
  Example,
  Prediction,
  StudentItem,
  StudentOptions,
  StudentTask,
} from '../../core/students/student';

/** Examples, read from the beginning at each call: a training may go through them more than once. */
export type ExampleSource = () => AsyncIterable<Example>;

/** One training. Equal values train equal students, so far as the student is deterministic. */
export interface TrainingSpec {
  /** Hash of all that follows, and of the student's identity: a checkpoint of another run is not taken up. */
  readonly runId: string;
  readonly task: StudentTask;
  readonly seed: number;
  readonly options: StudentOptions;
  readonly base?: string;
  readonly examples: ExampleSource;
  /** SHA-256 of the JSON lines that {@link examples} reads. */
  readonly examplesHash: string;
  /** Examples that choose the best epoch; absent: the last one is kept. */
  readonly validation?: ExampleSource;
  readonly validationHash?: string;
}

/** How far a training or a prediction is, for people. */
export interface TrainerProgress {
  /** Epochs, steps or items; 0 ≤ done ≤ total. */
  readonly done: number;
  readonly total: number;
  /** `loss 0.31`, for instance. */
  readonly note?: string;
}

export interface TrainerContext {
  progress(progress: TrainerProgress): void;
  /**
   * Aborted when the worker stops, or the job is paused or has ended: stop after a checkpoint, and throw. The reason's
   * message is {@link CANCELLED} where the job has ended and nobody wants the student any more.
   */
  readonly signal: AbortSignal;
  /** A folder of this run's own that outlives the process; empty at first. Nobody else works in it at the same time. */
  readonly checkpointFolder: string;
  /** Which of the worker's slots it has, from 0: one device each. */
  readonly slot: number;
}

/** Why a training is aborted that will not be taken up again. */
export const CANCELLED = 'CANCELLED';

export interface Trained {
  readonly model: Uint8Array | AsyncIterable<Uint8Array>;
  /** As the student measured them, by name. Equal trainings give equal ones: no times. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly epochs: number;
  /** Examples read. */
  readonly examples: number;
}

/**
 * A student that can be trained and asked. What goes wrong is thrown: a {@link StudentFault} says whether a repetition
 * may help; any other error is a bug.
 */
export interface StudentTrainer {
  /** What trains: equal identities and equal specifications give the same student. Part of the run id. */
  readonly identity: string;
  train(spec: TrainingSpec, on: TrainerContext): Promise<Trained>;
  /** In the items' order, one prediction an item. */
  predict(
    model: StoredModel,
    task: StudentTask,
    items: AsyncIterable<StudentItem>,
    on: TrainerContext,
  ): AsyncIterable<Prediction>;
}

/** A trained student's artifact. */
export interface StoredModel {
  readonly sha256: string;
  bytes(): AsyncIterable<Uint8Array>;
}

/** A trainer's own failure: a bad exit, bad data, a service that refuses. */
export class StudentFault extends Error {
  /** @param retry false where the same data and options must fail again */
  constructor(
    message: string,
    readonly retry: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StudentFault';
  }
}
