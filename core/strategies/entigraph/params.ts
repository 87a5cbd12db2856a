import { z } from 'zod';
import type { Json } from '../../json';
import { BAD_ROW_SHARE_MAX_DEFAULT } from '../../story/limits';

const share = z.number().min(0).max(1);

/** How far to generate; exactly one of the three. */
const targetSchema = z
  .strictObject({
    tokens: z.int().positive().describe('Tokens of accepted text').optional(),
    sourceMultiple: z
      .number()
      .positive()
      .describe('Accepted tokens as a multiple of the documents’ tokens')
      .optional(),
    calls: z.int().positive().describe('Model calls, whoever paid for them').optional(),
  })
  .refine((target) => Object.values(target).filter((value) => value !== undefined).length === 1, {
    message: 'expected exactly one of tokens, sourceMultiple, calls',
  });

export const entigraphParamsSchema = z
  .strictObject({
    target: targetSchema.default({ sourceMultiple: 20 }),
    documentQuota: z
      .enum(['equal', 'length', 'sqrtLength'])
      .default('equal')
      .describe('How units are shared among documents'),
    tupleSizes: z
      .union([z.tuple([z.literal(2)]), z.tuple([z.literal(2), z.literal(3)])])
      .default([2, 3])
      .describe('[2] for pairs, [2, 3] for pairs and triples'),
    samplesPerTupleMax: z.int().min(1).max(100).default(1),
    entitiesMax: z.int().min(2).max(1_000).default(40).describe('Entities kept per document'),
    entitySource: z
      .enum(['model', 'text', 'both'])
      .default('model')
      .describe('text: runs of capitalised words inside sentences, without a call'),
    entityPasses: z.int().min(1).max(3).default(1),
    hygiene: z.enum(['full', 'exact']).default('full').describe('exact: only equal names are merged'),
    conceptWordShareMin: share.default(0.6),
    windowTokensMax: z.int().min(128).max(100_000).default(8_000),
    windowOverlapTokens: z.int().min(0).max(25_000).default(200).describe('At most a quarter of the window'),
    crossWindow: z.boolean().default(true).describe('Also relate entities that share no window'),
    temperature: z.number().min(0).max(2).default(1),
    topP: share.default(1),
    completionTokensMax: z.int().min(64).max(16_384).default(2_048),
    relationFormat: z
      .enum(['markdown', 'plain'])
      .default('markdown')
      .describe('plain: one prose text, for weak models'),
    headings: z.enum(['as-written', 'rotate', 'strip']).default('as-written'),
    includeSummaries: z.boolean().default(true),
    rowTokensMin: z.int().min(0).max(1_000).default(50),
    copyShareMax: share.default(0.5).describe('Share of word 8-grams that may stand in the source'),
    nearDuplicateMin: share
      .default(0.8)
      .describe('Jaccard similarity from which a text is a duplicate; 1 switches it off'),
    badRowShareMax: share.default(BAD_ROW_SHARE_MAX_DEFAULT),
    excludePersons: z.boolean().default(false).describe('Leave people out of the entities'),
  })
  .superRefine((params, context) => {
    const overlapMax = Math.floor(params.windowTokensMax / 4);
    if (params.windowOverlapTokens <= overlapMax) return;
    context.addIssue({
      code: 'custom',
      path: ['windowOverlapTokens'],
      message: `expected at most a quarter of windowTokensMax (${overlapMax}), got ${params.windowOverlapTokens}`,
    });
  });

export type EntigraphParams = z.infer<typeof entigraphParamsSchema>;

export const entigraphPresets: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  balanced: {},
  /** The paper's sizes and no filters. */
  paper: {
    target: { tokens: 455_000_000 },
    entitiesMax: 1_000,
    hygiene: 'exact',
    windowTokensMax: 100_000,
    rowTokensMin: 0,
    copyShareMax: 1,
    nearDuplicateMin: 1,
  },
  /**
   * For the embedded model of 135M parameters: it shows the mechanics, not quality. Its summaries are titles or nonsense,
   * so that without them a run's numbers are those of the relations.
   */
  demo: {
    target: { calls: 40 },
    badRowShareMax: 0.8,
    entitySource: 'both',
    tupleSizes: [2],
    relationFormat: 'plain',
    includeSummaries: false,
    temperature: 0.7,
    topP: 0.9,
    windowTokensMax: 250,
    windowOverlapTokens: 30,
    crossWindow: false,
    completionTokensMax: 200,
    rowTokensMin: 20,
  },
};
