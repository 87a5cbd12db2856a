/** Numbers that prompts and filters take from gold: how long its texts are. */
import { estimateTokens } from '../../../text/tokens';
import { words } from '../../../text/words';
import type { ErrorExtrapolationParams } from '../params';
import { writtenText } from '../prompt-task';
import type { TaskKind, Texts } from '../records';
import { settingsOf } from '../settings';

const OUTPUT_PERCENTILE = 95;

/** The one item of `prepare/numbers`. */
export interface GoldNumbers {
  /** Words of the part that the model writes, at the percentiles of `lengthPercentiles`. */
  readonly lengths: { readonly min: number; readonly max: number };
  /** The 95th percentile of the same part, in tokens. */
  readonly targetTokensP95: number;
}

export class GoldMeter {
  readonly #words: number[] = [];
  readonly #tokens: number[] = [];

  constructor(private readonly kind: TaskKind) {}

  add(row: Texts): void {
    const text = writtenText(this.kind, row);
    this.#words.push(words(text).length);
    this.#tokens.push(estimateTokens(text));
  }

  numbers({ lengthPercentiles: [low, high] }: ErrorExtrapolationParams): GoldNumbers {
    const counts = this.#words.sort((a, b) => a - b);
    const tokens = this.#tokens.sort((a, b) => a - b);
    return {
      lengths: { min: percentile(counts, low), max: percentile(counts, high) },
      targetTokensP95: percentile(tokens, OUTPUT_PERCENTILE),
    };
  }
}

/** Nearest rank; 0 for no values. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? 0;
}

/** Tokens that the text of an answer may take, without its wrapping; `params.outputTokensMax` goes before. */
export function outputTokensOf(
  params: ErrorExtrapolationParams,
  { targetTokensP95 }: Pick<GoldNumbers, 'targetTokensP95'>,
): number {
  return settingsOf({ ...params, outputMode: 'plain' }, { targetTokensP95 }).outputTokensMax;
}
