/** OpenAI's request and answer bodies, as the mock endpoint reads and writes them. */
import { z } from 'zod';
import type { AnswerFormat, ModelRequest, Reply, ScoredToken, Usage } from '../../../core/calls';
import type { Json } from '../../../core/json';

const TOKENS_MAX_DEFAULT = 1_024;

const sampling = {
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
  max_tokens: z.int().nullish(),
};
const chatSchema = z.object({
  ...sampling,
  max_completion_tokens: z.int().nullish(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  response_format: z
    .union([
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }),
      }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('text') }),
    ])
    .nullish(),
});
const completionSchema = z.object({
  ...sampling,
  prompt: z.string(),
  prompt_logprobs: z.int().nullish(),
  return_token_ids: z.boolean().nullish(),
});
const embeddingSchema = z.object({ input: z.union([z.string(), z.array(z.string())]) });

export interface MockCall {
  readonly request: ModelRequest;
  readonly seed: number;
}

type Route = '/v1/chat/completions' | '/v1/completions' | '/v1/embeddings';
export const isRoute = (path: string): path is Route =>
  path === '/v1/chat/completions' || path === '/v1/completions' || path === '/v1/embeddings';

/** The request in our words, the same value that a client in this process would have; a string says what is wrong. */
export function readMockCall(route: Route, body: unknown): MockCall | string {
  switch (route) {
    case '/v1/chat/completions':
      return readChat(body);
    case '/v1/completions':
      return readCompletion(body);
    case '/v1/embeddings': {
      const parsed = embeddingSchema.safeParse(body);
      if (!parsed.success) return firstFault(parsed.error);
      const { input } = parsed.data;
      return { request: { kind: 'embed', texts: typeof input === 'string' ? [input] : input }, seed: 0 };
    }
  }
}

const firstFault = (error: z.ZodError): string =>
  `${error.issues[0]?.path.join('.') ?? ''}: ${error.issues[0]?.message ?? 'invalid'}`;

interface Sampled {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly stop?: string | string[] | null | undefined;
}

function readSampling({ temperature, top_p: topP, stop }: Sampled) {
  return {
    temperature: temperature ?? 1,
    ...(topP === undefined || topP === null ? {} : { topP }),
    ...(stop === undefined || stop === null ? {} : { stop: typeof stop === 'string' ? [stop] : stop }),
  };
}

function readChat(body: unknown): MockCall | string {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return firstFault(parsed.error);
  const {
    messages,
    response_format: format,
    max_completion_tokens: limit,
    max_tokens: oldLimit,
    seed,
  } = parsed.data;
  const wanted: AnswerFormat | undefined =
    format?.type === 'json_schema'
      ? { type: 'json-schema', name: format.json_schema.name, schema: format.json_schema.schema as Json }
      : format?.type === 'json_object'
        ? { type: 'json' }
        : undefined;
  return {
    request: {
      kind: 'chat',
      messages,
      tokensMax: limit ?? oldLimit ?? TOKENS_MAX_DEFAULT,
      ...readSampling(parsed.data),
      ...(wanted === undefined ? {} : { format: wanted }),
    },
    seed: seed ?? 0,
  };
}

function readCompletion(body: unknown): MockCall | string {
  const parsed = completionSchema.safeParse(body);
  if (!parsed.success) return firstFault(parsed.error);
  const { prompt, prompt_logprobs: top, max_tokens: limit, seed } = parsed.data;
  if (top !== undefined && top !== null) return { request: { kind: 'score', text: prompt, top }, seed: 0 };
  return {
    request: {
      kind: 'completion',
      prompt,
      tokensMax: limit ?? TOKENS_MAX_DEFAULT,
      ...readSampling(parsed.data),
    },
    seed: seed ?? 0,
  };
}

const FINISH = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'format-refused': 'other', // a refusal is a status of its own, never an answer
  other: 'other',
} as const;

function usageBody({ inputTokens, cachedInputTokens, outputTokens }: Usage) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
  };
}

/** The answer's body. Without clock or counter: equal calls have equal bodies. */
export function answerBody(request: ModelRequest, reply: Reply, model: unknown): string {
  const usage = usageBody(reply.usage);
  const finish_reason = FINISH[reply.finish];
  const head = { id: 'mock', created: 0, model };
  switch (request.kind) {
    case 'chat': {
      const message = reply.refused
        ? { role: 'assistant', content: null, refusal: reply.text }
        : { role: 'assistant', content: reply.text, refusal: null };
      const choices = [{ index: 0, message, finish_reason }];
      return JSON.stringify({ ...head, object: 'chat.completion', choices, usage });
    }
    case 'completion': {
      const choices = [{ index: 0, text: reply.text, finish_reason }];
      return JSON.stringify({ ...head, object: 'text_completion', choices, usage });
    }
    case 'score': {
      const choices = [
        { index: 0, text: '', finish_reason: 'length', ...promptLogprobs(reply.tokens ?? []) },
      ];
      return JSON.stringify({ ...head, object: 'text_completion', choices, usage });
    }
    case 'embed': {
      const data = (reply.vectors ?? []).map((embedding, index) => ({
        object: 'embedding',
        index,
        embedding,
      }));
      return JSON.stringify({ ...head, object: 'list', data, usage });
    }
  }
}

/** vLLM's shape, with ids that are numbers of the words in this text. */
function promptLogprobs(tokens: readonly ScoredToken[]) {
  const ids = new Map<string, number>();
  const idOf = (token: string): number => {
    const id = ids.get(token) ?? ids.size + 1;
    ids.set(token, id);
    return id;
  };
  const prompt_logprobs = tokens.map(({ token, logprob, top }) => {
    if (logprob === null) return null;
    const entries: Record<string, unknown> = {};
    top.forEach((entry, rank) => {
      entries[idOf(entry.token)] = { logprob: entry.logprob, rank: rank + 1, decoded_token: entry.token };
    });
    entries[idOf(token)] ??= { logprob, rank: top.length + 1, decoded_token: token };
    return entries;
  });
  return { prompt_logprobs, prompt_token_ids: tokens.map(({ token }) => idOf(token)) };
}
