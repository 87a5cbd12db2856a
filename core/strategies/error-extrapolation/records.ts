/** What the stages hand to one another. Every name here is one of the specification's words. */
import type { Answer, Example, StudentTask } from '../../students/student';

export type TaskKind = StudentTask['kind'];

/** The texts of one row; which fields there are hangs on the task's kind. */
export interface Texts {
  readonly text?: string;
  readonly context?: string;
  readonly target?: string;
  readonly question?: string;
  readonly answers?: readonly Answer[];
}

/** A labelled row of `gold` or `test`. Classifications have a label, question answering has answers. */
export interface GoldRow extends Texts {
  readonly id: string;
  readonly group: string;
  readonly label?: string;
  /** 1-based line of its file. */
  readonly line: number;
}

/** How a row is written: the seed, or an imitation of an error. */
export type Variant = 'seed' | 'near' | 'shift' | 'contrast' | 'pattern' | 'boundary';
export type Composition = 'synthetic-only' | 'gold-plus-synthetic';

/** What a row of `seed` or `extrapolate-q` is asked for; texts stand in collections, by ordinal. */
export interface WriteData {
  readonly variant: Variant;
  /** The label the text is to have; absent in question answering. */
  readonly label?: string;
  readonly case?: string;
  readonly reasons: readonly string[];
  /** Words wanted; absent: nothing is said. */
  readonly words?: number;
  /** Of the row that is imitated. */
  readonly parentId?: string;
  /** `pattern`: what the parent's cluster has in common. */
  readonly pattern?: { readonly name: string; readonly pattern: string; readonly vary: string };
  /** `contrast` and question answering: what the student said instead. */
  readonly predicted?: string;
  /** `contrast`, `boundary`: the other label. */
  readonly other?: string;
  /** `boundary`: share of the label, in percent. */
  readonly alpha?: number;
  /** Question answering: which of the context's answers. */
  readonly answer?: Answer;
}

/** A written row that passed the filters of its own stage. */
export interface WrittenRow extends Texts {
  readonly label?: string;
  readonly origin: 'seed' | 'extrapolated';
  /** 0 for the seed. */
  readonly round: number;
  readonly variant: Variant;
  readonly parentId?: string;
  readonly reasons: readonly string[];
  readonly promptHash: string;
  readonly model: string;
}

/** A row's verdict by the judge. */
export interface JudgeVerdict {
  readonly kind: 'llm' | 'gold-student';
  /** Votes by label id, or by normalised answer; empty for gold-student. */
  readonly votes: Readonly<Record<string, number>>;
  /** gold-student: the label's mean probability. */
  readonly probability?: number;
}

/** A row that `sift-q` let through. */
export interface SiftedRow extends WrittenRow {
  readonly id: string;
  readonly callKeys: readonly string[];
  readonly judge?: JudgeVerdict;
}

/** The dataset's record. */
export interface DatasetRecord extends Texts {
  readonly id: string;
  readonly label?: string;
  readonly origin: 'seed' | 'extrapolated' | 'gold';
  readonly round: number;
  readonly variant?: Variant;
  readonly parentId?: string;
  readonly reasons: readonly string[];
  readonly promptHash?: string;
  readonly callKeys: readonly string[];
  readonly model?: string;
  readonly judge?: JudgeVerdict;
  readonly weight: number;
  readonly arm: string;
}

/** An error that `mine-q` found: a mine row that most seeds got wrong. */
export interface MinedError {
  readonly id: string;
  /** Ordinal in `prepare/mine`. */
  readonly ordinal: number;
  readonly label?: string;
  /** The label most seeds gave; in question answering the first wrong seed's answer. */
  readonly predicted: string;
  /** Mean probability of the gold label over the seeds. */
  readonly goldProbability: number;
  /** All seeds were wrong. */
  readonly everySeed?: boolean;
  /** Suspected gold noise is listed and not imitated. */
  readonly suspected: boolean;
}

/** A row that `pick-q` chose to imitate. */
export interface Pick {
  readonly id: string;
  readonly ordinal: number;
  readonly label?: string;
  readonly predicted?: string;
  /** How many new rows are written from it, by variant. */
  readonly draws: Readonly<Partial<Record<Variant, number>>>;
  /** Of `clustered`: 0-based. */
  readonly cluster?: number;
}

/** What a training reads: a row of data with its weight. */
export type TrainingExample = Example;
