/** Students: small models that a job trains to see what its data teaches. Shapes only; no adapter's words. */

/** What is predicted. Labels are ids, in the order in which probabilities stand. */
export type StudentTask =
  | { readonly kind: 'text'; readonly labels: readonly string[] }
  | { readonly kind: 'pair'; readonly labels: readonly string[] }
  | { readonly kind: 'extractive-qa' };

export interface Answer {
  readonly text: string;
  /** Code points from the context's beginning. */
  readonly start: number;
}

/** What a student sees: `text`; `context` and `target`; or `context` and `question`. */
export interface StudentItem {
  readonly id: string;
  readonly text?: string;
  readonly context?: string;
  readonly target?: string;
  readonly question?: string;
}

/** An item with what is to be learned. */
export interface Example extends StudentItem {
  readonly label?: string;
  readonly answers?: readonly Answer[];
  /** 1 for a row of plain weight; above 0. */
  readonly weight: number;
}

/** A classifier's answer: one probability a label, in the task's order; they sum to 1. */
export interface LabelPrediction {
  readonly id: string;
  readonly probabilities: readonly number[];
}
/** A reader's answer: the span, and its probability among all candidates. An empty text: none found. */
export interface SpanPrediction {
  readonly id: string;
  readonly answer: Answer;
  readonly probability: number;
}
export type Prediction = LabelPrediction | SpanPrediction;

/** Numbers that change what a student becomes: epochs, rate, batch. Unknown names are refused by the student. */
export type StudentOptions = Readonly<Record<string, number | string>>;

/** One training. Equal values train equal students. */
export interface Training {
  /** A role of the job's `students`. */
  readonly role: string;
  readonly task: StudentTask;
  readonly seed: number;
  /** Name of the collection of {@link Example}s, `<stage>/<name>`. */
  readonly examples: string;
  /** Collection of examples that choose the best epoch; absent: the last one is kept. */
  readonly validation?: string;
  readonly options: StudentOptions;
}

/** One student's predictions for one collection of {@link StudentItem}s. */
export interface Evaluation {
  /** The train stage and the row's key there. */
  readonly training: { readonly stage: string; readonly key: string };
  readonly items: string;
}

/** The record of a training's row. */
export interface TrainedRecord {
  /** SHA-256 of the trained student's artifact. */
  readonly student: string;
  /** Hash of everything that went in. */
  readonly runId: string;
  readonly examples: number;
  readonly epochs: number;
  /** As the student measured them, by name: `loss`, `accuracy` … */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a strategy may know of a job's student. */
export interface StudentFacts {
  /** Name in the configuration: `linear`, or one that it defines. */
  readonly name: string;
  readonly kind: 'linear' | 'onnx-gpt' | 'process' | 'openai-finetune';
  /** A base model, where the student takes one. */
  readonly base?: string;
}
