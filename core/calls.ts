/** What is asked of a model, and what comes back, in words of our own: no provider's shapes. */
import type { Json } from './json';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** How an answer must be shaped. `schema` is JSON Schema. */
export type AnswerFormat =
  { readonly type: 'json-schema'; readonly name: string; readonly schema: Json } | { readonly type: 'json' };

interface Sampling {
  /** 0 makes the call deterministic: it then has no draw. */
  readonly temperature: number;
  readonly topP?: number;
  readonly tokensMax: number;
  readonly stop?: readonly string[];
}

export interface ChatCall extends Sampling {
  readonly kind: 'chat';
  readonly messages: readonly ChatMessage[];
  readonly format?: AnswerFormat;
}
export interface CompletionCall extends Sampling {
  readonly kind: 'completion';
  readonly prompt: string;
}
/** Log-probabilities of the tokens of a text, with the `top` best alternatives at each. */
export interface ScoreCall {
  readonly kind: 'score';
  readonly text: string;
  readonly top: number;
}
export interface EmbedCall {
  readonly kind: 'embed';
  readonly texts: readonly string[];
}
export type ModelRequest = ChatCall | CompletionCall | ScoreCall | EmbedCall;

/** A request, and to which of the job's models it goes. */
export interface CallRequest {
  /** A role of the strategy, for instance `generator`. */
  readonly role: string;
  readonly request: ModelRequest;
  /** Which new draw of this row this is: 0, or more after an answer that was not usable. */
  readonly redraw?: number;
}

/** `format-refused`: no answer; the server does not take the format that was asked for, and its text says so. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'format-refused' | 'other';

export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** True where the provider did not say, and tokens were counted here: sooner too many than too few. */
  readonly estimated?: true;
}

/** One token of a scored text: its log-probability (natural log) and its best alternatives, best first. */
export interface ScoredToken {
  readonly token: string;
  readonly logprob: number | null;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/** A model's answer. Text for chat and completion, tokens for score, vectors for embed. */
export interface Reply {
  readonly text: string;
  readonly finish: FinishReason;
  /** The provider said in a field of its own that the model declined. */
  readonly refused: boolean;
  readonly usage: Usage;
  readonly tokens?: readonly ScoredToken[];
  readonly vectors?: readonly (readonly number[])[];
}

export const CAPABILITIES = [
  'chat',
  'completion',
  'jsonSchema',
  'jsonMode',
  'seed',
  'batch',
  'embed',
  'promptLogprobs',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What a strategy may know of a model. */
export interface ModelFacts {
  /** `provider/model`. */
  readonly name: string;
  readonly capabilities: readonly Capability[];
  readonly contextTokens: number;
}

/** True where sampling is random, so that equal requests are to give different answers. */
export function isSampled(request: ModelRequest): boolean {
  return (request.kind === 'chat' || request.kind === 'completion') && request.temperature > 0;
}
