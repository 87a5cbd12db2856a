/** Scored prompts as vLLM and SGLang give them, in our shape. */
import type { ScoredToken } from '../../core/calls';

export interface VllmEntry {
  readonly logprob: number;
  readonly rank?: number | null;
  readonly decoded_token?: string | null;
}
/** One a token of the prompt: its own entry and the best ones, by token id. The first token has none. */
export type VllmPromptLogprobs = readonly (Readonly<Record<string, VllmEntry>> | null)[];

/** [log-probability, token id, text]. */
export type SglangEntry = readonly [number | null, number, string | null];

/**
 * JSON objects with numbers for keys lose their order, so the text's own token is found by its id where the server
 * names the ids, else as the entry outside the best ones, else as the one the text goes on with.
 */
export function readVllm(
  positions: VllmPromptLogprobs,
  ids: readonly number[] | undefined,
  text: string,
  top: number,
): ScoredToken[] {
  const tokens: ScoredToken[] = [];
  let rest = text;
  for (const [index, entries] of positions.entries()) {
    if (entries === null) {
      tokens.push({ token: '', logprob: null, top: [] });
      continue;
    }
    const best = Object.values(entries)
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, top)
      .map((entry) => ({ token: entry.decoded_token ?? '', logprob: entry.logprob }));
    const own = ownEntry(entries, ids?.[index], rest, top);
    const token = own?.decoded_token ?? '';
    tokens.push({ token, logprob: own?.logprob ?? null, top: best });
    if (token !== '') {
      const place = rest.indexOf(token);
      if (place >= 0) rest = rest.slice(place + token.length);
    }
  }
  return withFirstToken(tokens, text);
}

function ownEntry(
  entries: Readonly<Record<string, VllmEntry>>,
  id: number | undefined,
  rest: string,
  top: number,
): VllmEntry | undefined {
  if (id !== undefined && entries[id] !== undefined) return entries[id];
  const all = Object.values(entries);
  const outside = all.find((entry) => (entry.rank ?? 0) > top);
  if (outside !== undefined) return outside;
  const fitting = all.filter((entry) => entry.decoded_token && rest.startsWith(entry.decoded_token));
  return fitting.sort((a, b) => (b.decoded_token?.length ?? 0) - (a.decoded_token?.length ?? 0))[0];
}

/** The first token has no entry: it is what stands before the others in the text. */
function withFirstToken(tokens: ScoredToken[], text: string): ScoredToken[] {
  const first = tokens[0];
  if (first === undefined || first.token !== '') return tokens;
  const others = tokens
    .slice(1)
    .map((token) => token.token)
    .join('');
  if (!text.endsWith(others)) return tokens;
  return [{ ...first, token: text.slice(0, text.length - others.length) }, ...tokens.slice(1)];
}

export function readSglang(
  own: readonly SglangEntry[],
  best: readonly (readonly SglangEntry[] | null)[] | undefined,
  top: number,
): ScoredToken[] {
  return own.map(([logprob, , token], index) => ({
    token: token ?? '',
    logprob,
    top: (best?.[index] ?? [])
      .map(([value, , text]) => ({ token: text ?? '', logprob: value ?? Number.NEGATIVE_INFINITY }))
      .slice(0, top),
  }));
}
