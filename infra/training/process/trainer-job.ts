/** What a trainer is asked for: `job.json`, its only argument. docs/students.md has the same for people. */
import { z } from 'zod';

export const CONTRACT_VERSION = 1;
export const TRAINER_TASKS = ['train', 'predict', 'score', 'sample'] as const;
export type TrainerTask = (typeof TRAINER_TASKS)[number];

/** An absolute path. */
const path = z.string().min(1);
const labels = z.array(z.string().min(1)).min(2);
/** What is learned: the same words as a job's task. */
const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), labels }),
  z.strictObject({ kind: z.literal('pair'), labels }),
  z.strictObject({ kind: z.literal('extractive-qa') }),
]);
const contract = z.literal(CONTRACT_VERSION);
/** Files that every task but training reads and writes: JSON lines in, JSON lines out, one for one and in order. */
const asked = { contract, model: path, items: path, output: path };

export const trainerJobSchema = z.discriminatedUnion('task', [
  z.strictObject({
    contract,
    task: z.literal('train'),
    /** Hash of all that decides what the student becomes; a checkpoint of another run is refused. */
    runId: z.string().min(1),
    subject,
    seed: z.int(),
    /** A pre-trained model to start from; absent: from nothing. */
    base: z.string().min(1).exactOptional(),
    options: z.record(z.string(), z.union([z.number(), z.string()])),
    examples: path,
    /** Chooses the best epoch. */
    validation: path.exactOptional(),
    /** Where the trained student is to be written: one file. */
    model: path,
    /** A folder for checkpoints, one folder each. */
    checkpoints: path,
    /** How often at least, where the trainer is not stopped. */
    checkpointSeconds: z.number().min(0),
    /** One of {@link checkpoints}, whole, to go on from. */
    resumeFrom: path.exactOptional(),
  }),
  z.strictObject({ ...asked, task: z.literal('predict'), subject }),
  z.strictObject({ ...asked, task: z.literal('score'), top: z.int().min(0) }),
  z.strictObject({
    ...asked,
    task: z.literal('sample'),
    seed: z.int(),
    temperature: z.number().min(0),
    tokensMax: z.int().min(1),
  }),
]);

export type TrainerJob = Readonly<z.infer<typeof trainerJobSchema>>;
