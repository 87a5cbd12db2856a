/** Answers of OpenAI-compatible endpoints, checked and put into our words. */
import { z } from 'zod';
import type { FinishReason, ModelRequest, Reply, Usage } from '../../core/calls';
import { promptOf } from '../../core/price';
import { estimateTokensHigh } from '../../core/text/tokens';
import type { CountTokens } from './count-tokens';
import { readSglang, readVllm } from './prompt-logprobs';

/** Some count in fractions: taken up, a bill may shrink, not grow. What cannot be a count is taken for none. */
const count = z
  .number()
  .nullish()
  .transform((value) => {
    const whole = Math.ceil(value ?? NaN);
    return Number.isSafeInteger(whole) && value! >= 0 ? whole : undefined;
  });
const usageSchema = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
  })
  .nullish();
const chatSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          /** What vLLM, SGLang and others send apart of the answer, and bill as output. */
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: usageSchema,
});
const entrySchema = z.object({
  logprob: z.number(),
  rank: z.number().nullish(),
  decoded_token: z.string().nullish(),
});
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        text: z.string(),
        finish_reason: z.string().nullish(),
        prompt_logprobs: z.array(z.record(z.string(), entrySchema).nullable()).nullish(),
        prompt_token_ids: z.array(z.number()).nullish(),
      }),
    )
    .min(1),
  usage: usageSchema,
});
const embeddingSchema = z.object({
  data: z.array(z.object({ index: z.number(), embedding: z.array(z.number()) })),
  usage: usageSchema,
});
const sglangEntry = z.tuple([z.number().nullable(), z.number(), z.string().nullable()]);
const sglangSchema = z.object({
  meta_info: z.object({
    prompt_tokens: count,
    completion_tokens: count,
    cached_tokens: count,
    input_token_logprobs: z.array(sglangEntry),
    input_top_logprobs: z.array(z.array(sglangEntry).nullable()).nullish(),
  }),
});

/** Says why a body is no answer; the caller turns it into a fault. */
export class NoAnswer extends Error {}

/**
 * Reads the body of a 200. Throws {@link NoAnswer} when it holds none.
 * @param count counts tokens where the body does not say how many were used
 */
export function readReply(
  request: ModelRequest,
  body: unknown,
  count: CountTokens = estimateTokensHigh,
): Reply {
  const usage = usageReader(request, count);
  switch (request.kind) {
    case 'chat':
      return readChat(body, usage);
    case 'completion':
      return readCompletion(body, usage);
    case 'score':
      return readScore(body, request.text, request.top, usage);
    case 'embed':
      return readEmbedding(body, request.texts.length, usage);
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown, expected: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new NoAnswer(
    `expected ${expected}, got a body where ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** The server gave up on its own account: what text there is, is not the model's answer. */
const BROKEN_OFF = ['error', 'abort', 'insufficient_system_resource'];

function refuseBrokenOff(reason: string | null | undefined): void {
  if (reason && BROKEN_OFF.includes(reason))
    throw new NoAnswer(
      `expected a whole answer, got one that the server broke off (finish_reason ${reason})`,
    );
}

function readChat(body: unknown, usageOf: ReadUsage): Reply {
  const { choices, usage } = parse(chatSchema, body, 'a chat completion');
  const choice = choices[0];
  refuseBrokenOff(choice?.finish_reason);
  const refusal = choice?.message.refusal ?? '';
  const text = choice?.message.content ?? refusal;
  const thought = choice?.message.reasoning_content ?? choice?.message.reasoning ?? '';
  return {
    text,
    finish: finishOf(choice?.finish_reason),
    refused: refusal !== '' || choice?.finish_reason === 'refusal',
    usage: usageOf(usage, thought + text),
  };
}

function readCompletion(body: unknown, usageOf: ReadUsage): Reply {
  const { choices, usage } = parse(completionSchema, body, 'a completion');
  const choice = choices[0];
  refuseBrokenOff(choice?.finish_reason);
  return {
    text: choice?.text ?? '',
    finish: finishOf(choice?.finish_reason),
    refused: false,
    usage: usageOf(usage, choice?.text ?? ''),
  };
}

function readScore(body: unknown, text: string, top: number, usageOf: ReadUsage): Reply {
  const bare = { text: '', finish: 'stop', refused: false } as const;
  if (typeof body === 'object' && body !== null && 'meta_info' in body) {
    const { meta_info: meta } = parse(sglangSchema, body, 'log-probabilities of the prompt');
    const tokens = readSglang(meta.input_token_logprobs, meta.input_top_logprobs ?? undefined, top);
    const details = { prompt_tokens_details: { cached_tokens: meta.cached_tokens } };
    return { ...bare, usage: usageOf({ ...meta, ...details }, ''), tokens };
  }
  const { choices, usage } = parse(
    completionSchema,
    body,
    'a completion with log-probabilities of the prompt',
  );
  const positions = choices[0]?.prompt_logprobs;
  if (positions === undefined || positions === null) {
    throw new NoAnswer(
      'expected prompt_logprobs, got none: the endpoint cannot score prompts (vLLM and SGLang can)',
    );
  }
  const ids = choices[0]?.prompt_token_ids ?? undefined;
  return {
    ...bare,
    usage: usageOf(usage, choices[0]?.text ?? ''),
    tokens: readVllm(positions as VllmPositions, ids, text, top),
  };
}
type VllmPositions = Parameters<typeof readVllm>[0];

function readEmbedding(body: unknown, texts: number, usageOf: ReadUsage): Reply {
  const { data, usage } = parse(embeddingSchema, body, 'embeddings');
  if (data.length !== texts) throw new NoAnswer(`expected ${texts} embeddings, got ${data.length}`);
  const vectors = [...data].sort((a, b) => a.index - b.index).map((item) => item.embedding);
  return { text: '', finish: 'stop', refused: false, usage: usageOf(usage, ''), vectors };
}

function finishOf(reason: string | null | undefined): FinishReason {
  // Gemini's compatible endpoint adds its own reason: `content_filter: PROHIBITED_CONTENT`.
  switch (reason?.split(':')[0]) {
    case 'stop':
    case 'eos':
    case 'eos_token':
    case 'end_turn':
    case 'stop_sequence':
    case '':
    case undefined:
      return 'stop';
    case 'length':
    case 'max_tokens':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'other';
  }
}

type ReadUsage = (given: z.infer<typeof usageSchema>, answered: string) => Usage;

/** What the endpoint says it used. What it leaves out, or says was 0 against the evidence, is counted and marked. */
function usageReader(request: ModelRequest, count: CountTokens): ReadUsage {
  return (given, answered) => {
    const input = given?.prompt_tokens || undefined;
    const output = given?.completion_tokens || (answered === '' ? 0 : undefined);
    return {
      inputTokens: input ?? countPrompt(request, count),
      cachedInputTokens: given?.prompt_tokens_details?.cached_tokens ?? 0,
      outputTokens: output ?? count(answered),
      ...(input === undefined || output === undefined ? { estimated: true } : {}),
    };
  };
}

function countPrompt(request: ModelRequest, count: CountTokens): number {
  const { texts, tokensAround } = promptOf(request);
  return texts.reduce((sum, text) => sum + count(text), tokensAround);
}
