/** The body of `POST /v1/jobs`, and what becomes of it: the frozen job. */
import { z } from 'zod';
import {
  BUDGET_CALLS_MAX,
  BUDGET_TOKENS_MAX,
  BUDGET_USD_MAX,
  INLINE_ROWS_MAX,
  INPUT_FILES_MAX,
  JOB_CONCURRENCY_MAX,
} from './story/limits';
import type { InputSize } from './strategy';

const fileRef = z.string().regex(/^file:[a-z0-9-]{4,64}$/, 'expected "file:<id>" of an uploaded file');

export const jobInputSchema = z.union([
  fileRef,
  z.array(fileRef).min(1).max(INPUT_FILES_MAX),
  z.array(z.record(z.string(), z.unknown())).min(1).max(INLINE_ROWS_MAX),
]);

/** A student by its name in the configuration, and the base model where it takes one. */
export const studentChoiceSchema = z.strictObject({
  name: z.string().min(1).max(200),
  base: z.string().min(1).max(200).exactOptional(),
});
export type StudentChoice = Readonly<z.infer<typeof studentChoiceSchema>>;

/** How a job's calls reach its provider. */
export const JOB_MODES = ['online', 'batch'] as const;

export const budgetSchema = z.strictObject({
  usd: z.number().positive().max(BUDGET_USD_MAX).optional(),
  calls: z.int().positive().max(BUDGET_CALLS_MAX).optional(),
  tokens: z.int().positive().max(BUDGET_TOKENS_MAX).optional(),
});
export type Budget = z.infer<typeof budgetSchema>;

export const jobBodySchema = z.strictObject({
  strategy: z.string().min(1).max(64),
  preset: z.string().max(64).optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  inputs: z.record(z.string(), jobInputSchema).default({}),
  models: z.record(z.string(), z.string().max(200)).default({}),
  students: z
    .record(z.string(), studentChoiceSchema)
    .optional()
    .describe('Small models that the job trains, by role'),
  budget: budgetSchema.optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  concurrency: z.int().min(1).max(JOB_CONCURRENCY_MAX).optional(),
  tags: z.record(z.string().max(64), z.string().max(256)).optional(),
  mode: z
    .enum(JOB_MODES)
    .default('online')
    .describe('batch: calls go through the provider’s batch endpoint, at its lower price, within a day'),
});
export type JobBody = z.infer<typeof jobBodySchema>;

/** What is stored in the job table and never changes: presets merged, defaults filled in, inputs turned into files. */
export interface FrozenJob {
  readonly strategy: string;
  readonly strategyVersion: number;
  readonly preset?: string;
  /** Parsed parameters without `prompts`. */
  readonly params: unknown;
  /** Template overrides by id. */
  readonly prompts: Readonly<Record<string, string>>;
  /** File ids by role, in order. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** `provider/model` by role. */
  readonly models: Readonly<Record<string, string>>;
  /** By role; absent where the strategy trains nothing. */
  readonly students?: Readonly<Record<string, StudentChoice>>;
  readonly seed: number;
  readonly budget?: Budget;
  readonly estimate: {
    readonly calls: { readonly low: number; readonly high: number };
    /** Absent where a price was unknown. */
    readonly costUsd?: { readonly low: number; readonly high: number };
  };
  readonly tags: Readonly<Record<string, string>>;
  /** Of a pilot: the job it measures for, as an estimate needs it. */
  readonly pilotOf?: {
    readonly params: unknown;
    readonly inputs: Readonly<Record<string, InputSize>>;
  };
  /** Absent in jobs stored before there was a choice: online. */
  readonly mode?: JobBody['mode'];
}
