import { randomInt, randomUUID } from 'node:crypto';
import { EMBEDDED_CONTEXT_TOKENS } from '../../config';
import { ApiError } from './api-error';
import { generate, type Generated, type Sampling } from './generate';
import { score } from './score';
import type { Grammar, Llama, Sequence, Token } from './llama';
import type { ChatRequest, CompletionRequest, SamplingRequest } from './request';
import type { SequenceQueue } from './sequence-queue';

const CHAT_TOKENS_DEFAULT = 256;
const COMPLETION_TOKENS_DEFAULT = 16;
const GRAMMARS_MAX = 64;
const SEEDS = 2 ** 32;

export interface Answering {
  readonly name: string;
  readonly llama: Llama;
  readonly queue: SequenceQueue<Sequence>;
}
export interface Answers {
  chat(request: ChatRequest, signal: AbortSignal): Promise<object>;
  completions(request: CompletionRequest, signal: AbortSignal): Promise<object>;
}

/** Grammars are compiled once for each schema, and the oldest is dropped. */
function grammarCache(
  llama: Llama,
): (format: SamplingRequest['response_format']) => Promise<Grammar | undefined> {
  const known = new Map<string, Promise<Grammar>>();
  return async (format) => {
    if (format === null || format === undefined || format.type === 'text') return undefined;
    const schema = format.type === 'json_schema' ? format.json_schema.schema : { type: 'object' };
    const key = JSON.stringify(schema);
    const grammar = known.get(key) ?? llama.createGrammar(schema);
    known.set(key, grammar);
    if (known.size > GRAMMARS_MAX) known.delete(known.keys().next().value ?? '');
    return grammar.catch((error: unknown) => {
      known.delete(key);
      throw new ApiError(400, `response_format: unsupported schema: ${String(error)}`);
    });
  };
}

function samplingOf(request: SamplingRequest, grammar: Grammar | undefined, tokensDefault: number): Sampling {
  return {
    tokensMax: request.max_completion_tokens ?? request.max_tokens ?? tokensDefault,
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: request.top_k ?? 0,
    minP: request.min_p ?? 0,
    seed: request.seed ?? randomInt(SEEDS),
    stop: [request.stop ?? []].flat().filter((stop) => stop !== ''),
    ...(grammar === undefined ? {} : { grammar }),
  };
}

function requireFit(prompt: readonly Token[], tokensMax: number): void {
  if (prompt.length === 0) throw new ApiError(400, 'the prompt is empty');
  if (prompt.length + tokensMax <= EMBEDDED_CONTEXT_TOKENS) return;
  const message = `the prompt's ${prompt.length} tokens and max_tokens ${tokensMax} exceed the context of ${EMBEDDED_CONTEXT_TOKENS} tokens`;
  throw new ApiError(400, message, 'context_length_exceeded');
}

function head(kind: string, object: string, name: string): object {
  return { id: `${kind}-${randomUUID()}`, object, created: Math.floor(Date.now() / 1000), model: name };
}

function usage(prompt: number, made: readonly Generated[]): object {
  const completion = made.reduce((sum, { tokens }) => sum + tokens, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

export function createAnswers({ name, llama, queue }: Answering): Answers {
  const grammarOf = grammarCache(llama);

  const sample = (
    prompt: Token[],
    sampling: Sampling,
    count: number,
    signal: AbortSignal,
  ): Promise<Generated[]> =>
    Promise.all(
      Array.from({ length: count }, (_, at) =>
        queue.use(signal, (sequence) =>
          generate(llama, sequence, prompt, { ...sampling, seed: (sampling.seed + at) % SEEDS }, signal),
        ),
      ),
    );

  return {
    async chat(request, signal) {
      const prompt = llama.model.tokenize(llama.renderChat(request.messages), true);
      const sampling = samplingOf(request, await grammarOf(request.response_format), CHAT_TOKENS_DEFAULT);
      requireFit(prompt, sampling.tokensMax);
      const made = await sample(prompt, sampling, request.n ?? 1, signal);
      const choices = made.map(({ text, finish }, index) => ({
        index,
        message: { role: 'assistant', content: text },
        finish_reason: finish,
        logprobs: null,
      }));
      return { ...head('chatcmpl', 'chat.completion', name), choices, usage: usage(prompt.length, made) };
    },

    async completions(request, signal) {
      const prompts = [request.prompt].flat().map((text) => llama.model.tokenize(text));
      const sampling = samplingOf(
        request,
        await grammarOf(request.response_format),
        COMPLETION_TOKENS_DEFAULT,
      );
      for (const prompt of prompts) requireFit(prompt, sampling.tokensMax);
      const top = request.prompt_logprobs ?? undefined;
      const answered = await Promise.all(
        prompts.map(async (prompt) => {
          const scored =
            top === undefined
              ? null
              : await queue.use(signal, (sequence) => score(llama, sequence, prompt, top, signal));
          return { scored, made: await sample(prompt, sampling, request.n ?? 1, signal) };
        }),
      );
      const choices = answered
        .flatMap(({ scored, made }) =>
          made.map(({ text, finish }) => ({
            text,
            finish_reason: finish,
            logprobs: null,
            prompt_logprobs: scored,
          })),
        )
        .map((choice, index) => ({ index, ...choice }));
      const promptTokens = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
      return {
        ...head('cmpl', 'text_completion', name),
        choices,
        usage: usage(
          promptTokens,
          answered.flatMap(({ made }) => made),
        ),
      };
    },
  };
}
