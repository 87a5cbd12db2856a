import type { ModelRequest, Usage } from './calls';

/** Dollars per million tokens. */
export interface Prices {
  readonly inputUsdPerMillion: number;
  readonly cachedInputUsdPerMillion?: number;
  readonly outputUsdPerMillion: number;
  /** What a call in the provider's batch mode costs, as a share of the price online; see {@link BATCH_SHARE_DEFAULT}. */
  readonly batchShare?: number;
}

/** What OpenAI and Azure charge in batch mode, as a share of the price online. */
export const BATCH_SHARE_DEFAULT = 0.5;

/**
 * Prices in the provider's batch mode. The discount is not sure to cover cached input, so that its price falls no lower
 * than online, and is never above that of input: a batch is sooner counted too dear than too cheap.
 */
export function batchPrices(prices: Prices | undefined): Prices | undefined {
  if (prices === undefined) return undefined;
  const { inputUsdPerMillion, cachedInputUsdPerMillion, outputUsdPerMillion, batchShare } = prices;
  const share = batchShare ?? BATCH_SHARE_DEFAULT;
  const input = inputUsdPerMillion * share;
  return {
    inputUsdPerMillion: input,
    cachedInputUsdPerMillion: Math.min(input, cachedInputUsdPerMillion ?? input),
    outputUsdPerMillion: outputUsdPerMillion * share,
  };
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

/** What a call costs. Without prices 0: the ledger counts such calls apart, so that nobody takes the sum for the bill. */
export function dollars(usage: Usage, prices: Prices | undefined): number {
  if (!prices) return 0;
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const full = usage.inputTokens - cached;
  const input =
    full * prices.inputUsdPerMillion +
    cached * (prices.cachedInputUsdPerMillion ?? prices.inputUsdPerMillion);
  return (input + usage.outputTokens * prices.outputUsdPerMillion) / 1e6;
}

/** Bytes of everything that is read as prompt, with what a chat template adds: never fewer than its tokens. */
function inputBytes(request: ModelRequest): number {
  const { texts, tokensAround } = promptOf(request);
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), tokensAround);
}

/** The texts a model is given to read, and the most tokens that a chat template puts around them. */
export function promptOf(request: ModelRequest): {
  readonly texts: readonly string[];
  readonly tokensAround: number;
} {
  switch (request.kind) {
    case 'chat': {
      const schema = request.format?.type === 'json-schema' ? [JSON.stringify(request.format.schema)] : [];
      return {
        texts: [...request.messages.map(({ content }) => content), ...schema],
        tokensAround: MESSAGE_TOKENS * request.messages.length,
      };
    }
    case 'completion':
      return { texts: [request.prompt], tokensAround: 0 };
    case 'score':
      return { texts: [request.text], tokensAround: 0 };
    case 'embed':
      return { texts: request.texts, tokensAround: 0 };
  }
}
