/** Our requests in the words of OpenAI-compatible endpoints, vLLM and SGLang. */
import type { Json } from '../../core/json';
import type { ChatCall, CompletionCall, EmbedCall, ModelRequest, ScoreCall } from '../../core/calls';
import type { Flavour } from '../config';
import { type Dialect, guessDialect, OPTIONAL_PARAMETERS } from './dialect';

export interface WireRequest {
  /** Below the base URL, or from the server's root when `fromRoot`. */
  readonly path: string;
  readonly fromRoot?: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

interface WireTarget {
  readonly flavour: Flavour;
  readonly model: string;
  readonly seed: number | undefined;
  /** What the model takes, as far as it is known; default: what its name says. */
  readonly dialect?: Dialect;
}

export function wireRequest(request: ModelRequest, target: WireTarget): WireRequest {
  switch (request.kind) {
    case 'chat':
      return { path: '/chat/completions', body: chatBody(request, target) };
    case 'completion':
      return { path: '/completions', body: completionBody(request, target) };
    case 'score':
      return target.flavour === 'sglang' ? sglangScore(request) : scoreRequest(request, target);
    case 'embed':
      return { path: '/embeddings', body: embedBody(request, target) };
  }
}

function sampling(
  request: ChatCall | CompletionCall,
  seed: number | undefined,
  { without }: Dialect,
): Record<string, unknown> {
  const { temperature, topP, stop } = request;
  const given = { temperature, top_p: topP, stop: stop?.length === 0 ? undefined : stop, seed };
  const taken = OPTIONAL_PARAMETERS.filter((name) => given[name] !== undefined && !without.includes(name));
  return Object.fromEntries(taken.map((name) => [name, given[name]]));
}

const dialectOf = ({ flavour, model, dialect }: WireTarget): Dialect =>
  dialect ?? guessDialect(flavour, model);

function chatBody(request: ChatCall, target: WireTarget): Record<string, unknown> {
  const dialect = dialectOf(target);
  return {
    model: target.model,
    messages: request.messages,
    [dialect.limit]: request.tokensMax,
    ...sampling(request, target.seed, dialect),
    ...(request.format === undefined ? {} : { response_format: responseFormat(request.format) }),
  };
}

function responseFormat(format: NonNullable<ChatCall['format']>): Record<string, unknown> {
  if (format.type === 'json') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: { name: format.name, strict: isStrict(format.schema), schema: format.schema },
  };
}

/** Strict providers refuse schemas with optional or unnamed members: such a schema is sent as a hint, and checked here. */
function isStrict(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== 'object' || schema === null) return true;
  const { type, properties, required, additionalProperties } = schema as Readonly<Record<string, Json>>;
  if (type === 'object') {
    const names = Object.keys((properties ?? {}) as object);
    const needed = Array.isArray(required) ? required : [];
    if (additionalProperties !== false || names.some((name) => !needed.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}

function completionBody(request: CompletionCall, target: WireTarget): Record<string, unknown> {
  const { model, seed } = target;
  const optional = sampling(request, seed, dialectOf(target));
  return { model, prompt: request.prompt, max_tokens: request.tokensMax, ...optional };
}

/** vLLM's form; the token ids tell which entry is the text's own token. Servers that do not know them leave them out. */
function scoreRequest(request: ScoreCall, { model }: WireTarget): WireRequest {
  return {
    path: '/completions',
    body: {
      model,
      prompt: request.text,
      max_tokens: 1,
      temperature: 0,
      prompt_logprobs: request.top,
      return_token_ids: true,
    },
  };
}

function sglangScore(request: ScoreCall): WireRequest {
  return {
    path: '/generate',
    fromRoot: true,
    body: {
      text: request.text,
      sampling_params: { max_new_tokens: 1, temperature: 0 },
      return_logprob: true,
      logprob_start_len: 0,
      top_logprobs_num: request.top,
      return_text_in_logprobs: true,
    },
  };
}

function embedBody(request: EmbedCall, { model }: WireTarget): Record<string, unknown> {
  return { model, input: request.texts, encoding_format: 'float' };
}
