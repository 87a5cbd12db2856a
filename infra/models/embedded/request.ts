/** The requests that the embedded server takes: the common part of OpenAI's, and vLLM's `prompt_logprobs`. */
import { z } from 'zod';
import { EMBEDDED_CONTEXT_TOKENS } from '../../config';
import { TOP_LOGPROBS_MAX } from '../../config-file';
import { ApiError } from './api-error';

const SAMPLES_MAX = 16;
const PROMPTS_MAX = 64;
const STOPS_MAX = 16;
const SEED_MAX = 2 ** 32 - 1;

const samplingShape = {
  model: z.string().optional(),
  n: z.int().min(1).max(SAMPLES_MAX).nullish(),
  seed: z.int().min(0).max(SEED_MAX).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(STOPS_MAX)]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).max(1_000).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.int().min(0).max(EMBEDDED_CONTEXT_TOKENS).nullish(),
  max_completion_tokens: z.int().min(0).max(EMBEDDED_CONTEXT_TOKENS).nullish(),
  stream: z.literal(false, 'streaming is not supported').nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }),
      }),
    ])
    .nullish(),
};
export type SamplingRequest = z.infer<z.ZodObject<typeof samplingShape>>;

const contentSchema = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform((parts) => parts.map((part) => part.text).join('')),
]);

export const chatRequestSchema = z.object({
  ...samplingShape,
  messages: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: contentSchema }))
    .min(1),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;

export const completionRequestSchema = z.object({
  ...samplingShape,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(PROMPTS_MAX)]),
  prompt_logprobs: z.int().min(0).max(TOP_LOGPROBS_MAX).nullish(),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiError(
    400,
    `${issue?.path.map(String).join('.') ?? 'body'}: ${issue?.message ?? 'not understood'}`,
  );
}
