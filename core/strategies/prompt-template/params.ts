import { z } from 'zod';
import type { Json } from '../../json';
import { Problem } from '../../problem';
import { BAD_ROW_SHARE_MAX_DEFAULT } from '../../story/limits';
import { slotsOf } from '../../template';
import { answerSchema } from './answer-schema';

export const TEMPLATE_CHARACTERS_MAX = 100_000;
export const SAMPLES_MAX = 1_000;
export const COMPLETION_TOKENS_MAX = 16_384;
const COMPLETION_TOKENS_DEFAULT = 1_024;

const template = z
  .string()
  .min(1)
  .max(TEMPLATE_CHARACTERS_MAX)
  .superRefine((text, context) => {
    try {
      slotsOf(text);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

const jsonSchema = z
  .record(
    z.string(),
    z.custom<Json>(() => true),
  )
  .superRefine((schema, context) => {
    try {
      answerSchema(schema);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({
        code: 'custom',
        message: `expected a JSON Schema that can be checked here, got one that cannot: ${why}`,
      });
    }
  });

export const promptTemplateParams = z.strictObject({
  template: template.describe('The prompt, with {slots} that name fields of the row; {{ and }} are braces.'),
  system: z
    .string()
    .max(TEMPLATE_CHARACTERS_MAX)
    .exactOptional()
    .describe('A system message, sent as it is.'),
  samples: z.int().min(1).max(SAMPLES_MAX).default(1).describe('Answers for each row.'),
  temperature: z.number().min(0).max(2).default(1),
  topP: z.number().min(0).max(1).default(1),
  completionTokensMax: z
    .int()
    .min(1)
    .max(COMPLETION_TOKENS_MAX)
    .default(COMPLETION_TOKENS_DEFAULT)
    .describe('Longer answers are rejected as `truncated`.'),
  jsonSchema: jsonSchema.exactOptional().describe('Answers must be JSON that fits this JSON Schema.'),
  badRowShareMax: z
    .number()
    .min(0)
    .max(1)
    .default(BAD_ROW_SHARE_MAX_DEFAULT)
    .describe(
      'The job waits for a person above this share of failed, refused, truncated and unparsable rows.',
    ),
});
export type PromptTemplateParams = z.infer<typeof promptTemplateParams>;
