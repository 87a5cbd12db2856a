/** Tokens of a text where no tokenizer is at hand: four bytes a token, rounded up. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / BYTES_PER_TOKEN);
}

export const BYTES_PER_TOKEN = 4;
