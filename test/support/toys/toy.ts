/** What the three toys have in common: a task, labelled rows, and a writer that knows less than the rows show. */
import type { Answer } from '../../../core/students/student';
import type { Dice } from './pseudo-words';

export interface ToyLabel {
  readonly id: string;
  readonly phrase: string;
  readonly definition: string;
  readonly cases: readonly string[];
}

/** What a writer is asked for, as it stands in the prompt. */
export interface Asked {
  /** The label's phrase, which in the toys is its id. */
  readonly label?: string | undefined;
  /** The text, target or question that is imitated. */
  readonly source?: string | undefined;
  readonly context?: string | undefined;
  /** Question answering: the answer's text. */
  readonly answer?: string | undefined;
  readonly random: Dice;
}

/** `shift` is written like `near` here: what makes a row hard is all there is to it. */
export type AskedVariant = 'seed' | 'near' | 'shift';

export interface Toy<Gold, Context = never> {
  readonly kind: 'text' | 'pair' | 'extractive-qa';
  readonly labels: readonly ToyLabel[];
  /** Lines of the input `gold`. */
  readonly gold: readonly Gold[];
  /** Lines of the input `contexts`. */
  readonly contexts: readonly Context[];
  /** What the scripted model writes: a pure function of what it is asked, and of the draw. */
  answerFor(variant: AskedVariant, asked: Asked): string;
}

export interface TextGold {
  readonly id: string;
  readonly text: string;
  readonly label: string;
}
export interface PairGold {
  readonly id: string;
  readonly context: string;
  readonly target: string;
  readonly label: string;
}
export interface QaContext {
  readonly context: string;
  readonly answers: readonly Answer[];
}
export interface QaGold extends QaContext {
  readonly id: string;
  readonly question: string;
}

export function toyLabels(ids: readonly string[]): ToyLabel[] {
  return ids.map((id) => ({ id, phrase: id, definition: `A row that is ${id}.`, cases: [] }));
}
