/**
 * What the scripted model answers: a pure function of the request and the draw's seed, so that a repeated call gives
 * the same answer in any process. Content faults are part of the content; transport faults are the mock endpoint's.
 */
import type { ChatCall, FinishReason, ModelRequest, Reply, ScoredToken } from '../../../core/calls';
import { hashJson } from '../../../core/hash';
import { mulberry32, randomFor, type Random } from '../../../core/random';
import type { Strategy } from '../../../core/strategy';
import { estimateTokens } from '../../../core/text/tokens';
import { instanceOf } from './scripted-instance';
import { COMMON_WORDS, paragraph, sentence } from './scripted-words';

/** Shares of answers that are spoilt, 0 to 1. */
export interface ContentFaults {
  readonly badJson?: number;
  readonly truncated?: number;
  readonly refusal?: number;
}

export interface ScriptedOptions {
  readonly strategies: readonly Pick<Strategy, 'scripted'>[];
  readonly contentFaults?: ContentFaults;
}

export const SCRIPTED_REFUSAL = "I'm sorry, but I can't help with that request.";
const EMBEDDING_DIMENSIONS = 64;
const GRAM_CHARACTERS = 3;
const CHARACTERS_PER_TOKEN = 4;
const SENTENCES_MIN = 2;
const SENTENCES_SPAN = 4;

export function scriptedReply(request: ModelRequest, seed: number, options: ScriptedOptions): Reply {
  switch (request.kind) {
    case 'chat':
      return chatReply(request, seed, options);
    case 'completion': {
      const random = randomFor(seed, 'scripted', hashJson(request));
      const text = ` ${paragraph(random, SENTENCES_MIN + random.integer(SENTENCES_SPAN))}`;
      return finished(request, text, estimateTokens(request.prompt));
    }
    case 'score':
      return { ...bare(estimateTokens(request.text), 0), tokens: scoreText(request.text, request.top) };
    case 'embed': {
      const read = request.texts.reduce((sum, text) => sum + estimateTokens(text), 0);
      return { ...bare(read, 0), vectors: request.texts.map(embedText) };
    }
  }
}

const bare = (inputTokens: number, outputTokens: number) =>
  ({
    text: '',
    finish: 'stop',
    refused: false,
    usage: { inputTokens, cachedInputTokens: 0, outputTokens },
  }) as const;

function chatReply(request: ChatCall, seed: number, options: ScriptedOptions): Reply {
  const random = randomFor(seed, 'scripted', hashJson(request));
  // Drawn first and always, so that a share of faults does not change the other answers.
  const luck = random.next() / 2 ** 32;
  const answer = () => answerText(request, random, options);
  const read = request.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0);
  const { badJson = 0, truncated = 0, refusal = 0 } = options.contentFaults ?? {};
  if (luck < refusal) {
    return { ...bare(read, estimateTokens(SCRIPTED_REFUSAL)), text: SCRIPTED_REFUSAL, refused: true };
  }
  if (luck < refusal + truncated) {
    const text = answer();
    return { ...finished(request, text.slice(0, Math.ceil(text.length / 2)), read), finish: 'length' };
  }
  if (luck < refusal + truncated + badJson && request.format !== undefined) {
    return finished(request, spoil(answer(), random), read);
  }
  return finished(request, answer(), read);
}

function answerText(request: ChatCall, random: Random, options: ScriptedOptions): string {
  const own = options.strategies
    .map((strategy) => strategy.scripted(request, random))
    .find((text) => text !== undefined);
  if (own !== undefined) return own;
  if (request.format?.type === 'json-schema')
    return JSON.stringify(instanceOf(request.format.schema, random));
  if (request.format?.type === 'json') return JSON.stringify({ text: sentence(random) });
  return paragraph(random, SENTENCES_MIN + random.integer(SENTENCES_SPAN));
}

/** JSON that no parser repairs: cut inside and continued in prose. */
function spoil(text: string, random: Random): string {
  return `Here it is: ${text.slice(0, Math.floor(text.length / 2)).replace(/[{}[\]"]/g, '')} and ${sentence(random)}`;
}

/** Stop words and the output limit hold for the scripted model as for any other. */
function finished(
  request: { readonly tokensMax: number; readonly stop?: readonly string[] },
  text: string,
  inputTokens: number,
): Reply {
  let kept = text;
  for (const stop of request.stop ?? []) {
    const place = kept.indexOf(stop);
    if (place >= 0 && stop !== '') kept = kept.slice(0, place);
  }
  let finish: FinishReason = 'stop';
  if (estimateTokens(kept) > request.tokensMax) {
    kept = kept.slice(0, request.tokensMax * CHARACTERS_PER_TOKEN);
    finish = 'length';
  }
  const outputTokens = Math.min(estimateTokens(kept), request.tokensMax);
  return { ...bare(inputTokens, outputTokens), text: kept, finish };
}

/** Words with their leading blank; the likelihood of each depends on itself and the word before it. */
function scoreText(text: string, top: number): ScoredToken[] {
  const words = text.match(/\s*\S+|\s+$/g) ?? [];
  return words.map((token, index) => {
    if (index === 0) return { token, logprob: null, top: [] };
    const random = mulberry32(fnv1a(`${words[index - 1] ?? ''}\u0000${token}`));
    const own = -0.05 - (random.next() / 2 ** 32) * 5;
    return { token, logprob: own, top: alternatives(token, own, top, random) };
  });
}

/** The best `top` of the token itself and common words; probabilities sum to less than 1. */
function alternatives(
  token: string,
  own: number,
  top: number,
  random: Random,
): { token: string; logprob: number }[] {
  const words = Array.from(
    { length: top * 2 + 4 },
    () => ` ${COMMON_WORDS[random.integer(COMMON_WORDS.length)] ?? ''}`,
  );
  const others = [...new Set(words)].filter((word) => word !== token).slice(0, top);
  const left = Math.max(1e-6, 1 - Math.exp(own));
  const entries = others.map((word, index) => ({
    token: word,
    logprob: Math.log(left) - (index + 1) * Math.LN2,
  }));
  return [...entries, { token, logprob: own }].sort((a, b) => b.logprob - a.logprob).slice(0, top);
}

/** Hashed character n-grams, length 1: equal texts are equal, similar ones near. */
function embedText(text: string): number[] {
  const vector = new Array<number>(EMBEDDING_DIMENSIONS).fill(0);
  const padded = ` ${text.toLowerCase()} `;
  for (let start = 0; start + GRAM_CHARACTERS <= padded.length; start += 1) {
    const hash = fnv1a(padded.slice(start, start + GRAM_CHARACTERS));
    const place = hash % EMBEDDING_DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + (hash >>> 31 === 1 ? 1 : -1);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => Number((value / length).toFixed(6)));
}

/** FNV-1a over UTF-16 units, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
