/** Tokens of a text where no tokenizer is at hand: four bytes a token, rounded up. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / BYTES_PER_TOKEN);
}

export const BYTES_PER_TOKEN = 4;

/** Few bytes a token: what Chinese, Russian, code and digits come to. */
const BYTES_PER_TOKEN_LOW = 3;

/** Tokens of a text for a bill that must not be too low, where no tokenizer is at hand. Never fewer than {@link estimateTokens}. */
export function estimateTokensHigh(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / BYTES_PER_TOKEN_LOW);
}
