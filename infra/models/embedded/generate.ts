import type { Grammar, Llama, Sequence, Token } from './llama';

export interface Sampling {
  readonly tokensMax: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly grammar?: Grammar;
}
export interface Generated {
  readonly text: string;
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function firstStop(text: string, stops: readonly string[]): number {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** The same prompt, sampling and seed give the same text, alone or beside other sequences. */
export async function generate(
  llama: Llama,
  sequence: Sequence,
  prompt: readonly Token[],
  sampling: Sampling,
  signal: AbortSignal,
): Promise<Generated> {
  const tokens: Token[] = [];
  let text = '';
  const end = (finish: Generated['finish']): Generated => ({ text, tokens: tokens.length, finish });
  if (sampling.tokensMax === 0) return end('length');
  const { temperature, topP, topK, minP, seed, grammar } = sampling;
  const guided = grammar === undefined ? {} : { grammarEvaluationState: llama.followGrammar(grammar) };
  await sequence.clearHistory();
  for await (const token of sequence.evaluate(prompt, {
    temperature,
    topP,
    topK,
    minP,
    seed,
    yieldEogToken: true,
    ...guided,
  })) {
    signal.throwIfAborted();
    if (llama.model.isEogToken(token)) return end('stop');
    tokens.push(token);
    text = llama.model.detokenize(tokens);
    const cut = firstStop(text, sampling.stop);
    if (cut >= 0) {
      text = text.slice(0, cut);
      return end('stop');
    }
    // The library's JSON grammar allows blanks without end behind the value.
    if (grammar !== undefined && /[}\]"\d]\s*$/.test(text) && isJson(text)) return end('stop');
    if (tokens.length >= sampling.tokensMax) break;
  }
  return end('length');
}
