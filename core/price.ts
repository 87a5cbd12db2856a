import type { ModelRequest, Usage } from './calls';

/** Dollars per million tokens. */
export interface Prices {
  readonly inputUsdPerMillion: number;
  readonly cachedInputUsdPerMillion?: number;
  readonly outputUsdPerMillion: number;
}

export interface Amount {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}
export const NO_AMOUNT: Amount = { calls: 0, tokens: 0, usd: 0 };

export function addAmounts(a: Amount, b: Amount): Amount {
  return { calls: a.calls + b.calls, tokens: a.tokens + b.tokens, usd: a.usd + b.usd };
}

/** Tokens that a chat template adds to each message, generously. */
const MESSAGE_TOKENS = 32;

/** The most one call can cost: every byte of the prompt and its schema a token, and the whole output limit. */
export function worstCase(request: ModelRequest, prices: Prices | undefined): Amount {
  const input = inputBytes(request);
  const output =
    request.kind === 'chat' || request.kind === 'completion'
      ? request.tokensMax
      : request.kind === 'score'
        ? 1
        : 0;
  return {
    calls: 1,
    tokens: input + output,
    usd: dollars({ inputTokens: input, cachedInputTokens: 0, outputTokens: output }, prices),
  };
}

export function dollars(usage: Usage, prices: Prices | undefined): number {
  if (!prices) return 0;
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const full = usage.inputTokens - cached;
  const input =
    full * prices.inputUsdPerMillion +
    cached * (prices.cachedInputUsdPerMillion ?? prices.inputUsdPerMillion);
  return (input + usage.outputTokens * prices.outputUsdPerMillion) / 1e6;
}

function inputBytes(request: ModelRequest): number {
  switch (request.kind) {
    case 'chat':
      return request.messages.reduce(
        (sum, message) => sum + MESSAGE_TOKENS + Buffer.byteLength(message.content),
        request.format?.type === 'json-schema' ? Buffer.byteLength(JSON.stringify(request.format.schema)) : 0,
      );
    case 'completion':
      return Buffer.byteLength(request.prompt);
    case 'score':
      return Buffer.byteLength(request.text);
    case 'embed':
      return request.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }
}
