/** Tokens of a text by the model's own tokenizer, for endpoints that do not say what they used. */
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { estimateTokens, estimateTokensHigh } from '../../core/text/tokens';

export type CountTokens = (text: string) => number;

/** Longer texts are counted by their bytes: a tokenizer would hold up every other call meanwhile. */
const TOKENIZED_CHARACTERS_MAX = 100_000;

/**
 * @param file a `tokenizer.json`; without one, or with one that cannot be read, bytes are counted
 * @returns never fewer than four bytes a token make, so that a bill is sooner counted too high than too low
 */
export function tokenCounter(file: string | undefined): CountTokens {
  if (file === undefined) return estimateTokensHigh;
  let tokenizer: Tokenizer | undefined;
  let broken = false;
  return (text) => {
    if (broken || text.length > TOKENIZED_CHARACTERS_MAX) return estimateTokensHigh(text);
    try {
      // Read at the first need: most endpoints say what they used.
      tokenizer ??= new Tokenizer(JSON.parse(readFileSync(file, 'utf8')) as object, {});
      return Math.max(estimateTokens(text), tokenizer.encode(text).ids.length);
    } catch (error) {
      broken = true;
      const why = error instanceof Error ? error.message : String(error);
      process.emitWarning(
        `${file}: expected a tokenizer.json, got ${why}. Tokens are counted by bytes instead.`,
      );
      return estimateTokensHigh(text);
    }
  };
}
