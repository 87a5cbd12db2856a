/** How long a prompt is before it is written: what stands around a row's texts. */
import { estimateTokens } from '../../text/tokens';
import type { ErrorExtrapolationParams } from './params';

/** The system block without task and labels, and the user block without texts. */
export const SYSTEM_CHARACTERS = 600;
export const USER_CHARACTERS = 240;
/** A label's line besides its phrase and definition. */
const LABEL_CHARACTERS = 8;

/** Tokens of the system block: the same for all writing calls. */
export function systemTokens({ task }: Pick<ErrorExtrapolationParams, 'task'>): number {
  const labels = task.labels.map(({ phrase, definition }) => `${phrase}${definition}`).join('');
  const fixed = SYSTEM_CHARACTERS + LABEL_CHARACTERS * task.labels.length;
  return estimateTokens(task.instruction + labels) + tokensOf(fixed);
}

/** Four characters a token, rounded up, as for texts. */
export function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
const CHARACTERS_PER_TOKEN = 4;
