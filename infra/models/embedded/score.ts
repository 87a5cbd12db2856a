import type { Llama, Sequence, Token } from './llama';

/** Evaluation cannot be interrupted: short pieces let a closed connection take effect. */
const PIECE_TOKENS = 128;

/** vLLM's shape: at each position the token itself and the best alternatives, by token id. */
export type PromptLogprobs = Record<string, { logprob: number; rank: number | null; decoded_token: string }>;

function entryOf(
  llama: Llama,
  logits: ReadonlyMap<Token, number>,
  totalWeight: number,
  actual: Token,
  top: number,
): PromptLogprobs {
  const sorted = [...logits].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const best = sorted[0]?.[1] ?? 0;
  // log p = logit − max − ln(total weight); the library's weights are relative to the best token.
  const norm = best + Math.log(totalWeight);
  const entry: PromptLogprobs = {};
  for (const [rank, [token, logit]] of sorted.entries()) {
    if (rank >= top && token !== actual) continue;
    const known = rank < Math.max(1, top);
    entry[token] = {
      logprob: logit - norm,
      rank: known ? rank + 1 : null,
      decoded_token: llama.model.detokenize([token], true),
    };
  }
  return entry;
}

/** Log-probability of every token of a text but the first, which has nothing before it. */
export async function score(
  llama: Llama,
  sequence: Sequence,
  tokens: readonly Token[],
  top: number,
  signal: AbortSignal,
): Promise<(PromptLogprobs | null)[]> {
  const rows: (PromptLogprobs | null)[] = [null];
  await sequence.clearHistory();
  for (let from = 0; from + 1 < tokens.length; from += PIECE_TOKENS) {
    signal.throwIfAborted();
    const piece = tokens.slice(from, Math.min(from + PIECE_TOKENS, tokens.length - 1));
    const following = tokens.slice(from + 1, from + 1 + piece.length);
    const asked = piece.map((token, at) => {
      const filter = { tokens: following.slice(at, at + 1), includeTop: Math.max(1, top) };
      return [token, { generateNext: { logits: { filter }, totalLogitWeight: true } }] as const;
    });
    const answers = await sequence.controlledEvaluate(asked);
    for (const [at, actual] of following.entries()) {
      const answer = answers[at];
      if (answer === undefined) throw new Error('the library answered fewer tokens than asked');
      rows.push(entryOf(llama, answer.next.logits, answer.next.totalLogitWeight, actual, top));
    }
  }
  return rows;
}
