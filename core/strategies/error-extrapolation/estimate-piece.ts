/** Calls of one stage, before corrective retries. */
import type { Range } from '../../strategy';
import type { PromptKind } from './estimate-tokens';

export interface Piece {
  readonly stage: string;
  readonly role: 'generator' | 'judge';
  readonly prompt: PromptKind;
  /** Rows that call at least once. */
  readonly rows: Range;
  /** At least and at most. */
  readonly calls: Range;
  /** The stage's step: what a pilot measured in one of its stages holds in the others. */
  readonly step?: string;
}

/** One call a row. */
export function writing(stage: string, prompt: PromptKind, calls: Range, step: string): Piece {
  return { stage, role: 'generator', prompt, rows: calls, calls, step };
}

/** Votes on rows; no row calls where nobody judges. */
export function voting(stage: string, rows: Range, calls: Range): Piece {
  return {
    stage,
    role: 'judge',
    prompt: 'judge',
    rows: calls.high === 0 ? calls : rows,
    calls,
    step: 'sift',
  };
}
