/** What a trainer says on standard output: one JSON object a line. docs/students.md has the same for people. */
import { z } from 'zod';
import { TRAINER_TASKS } from './trainer-job';

const count = z.int().min(0);
const metrics = z.record(z.string(), z.number());

/** Members that are not named here are left to the trainer, and ignored. */
export const trainerEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('hello'),
    contract: z.int(),
    name: z.string(),
    version: z.string(),
    tasks: z.array(z.enum(TRAINER_TASKS)),
    device: z.string().optional(),
  }),
  z.object({
    event: z.literal('start'),
    rows: count,
    steps: count,
    /** The step of the checkpoint it goes on from. */
    resumedFrom: count.optional(),
    parameters: count.optional(),
  }),
  z.object({
    event: z.literal('progress'),
    step: count,
    steps: count,
    epoch: z.number().min(0).optional(),
    loss: z.number().optional(),
  }),
  z.object({ event: z.literal('eval'), epoch: count, step: count, metrics }),
  z.object({ event: z.literal('checkpoint'), step: count, folder: z.string() }),
  z.object({ event: z.literal('warning'), message: z.string() }),
  z.object({
    event: z.literal('result'),
    /** Rows read: examples, or items. */
    rows: count,
    epochs: count.default(0),
    metrics: metrics.default({}),
  }),
  z.object({ event: z.literal('error'), message: z.string() }),
]);

export type TrainerEvent = z.infer<typeof trainerEventSchema>;
export type TrainerEventOf<Name extends TrainerEvent['event']> = Extract<TrainerEvent, { event: Name }>;
export const TRAINER_EVENTS = trainerEventSchema.options.map(({ shape }) => shape.event.value);

/** A line that holds no event: a library's own words, or an event of a later contract. */
export class NotAnEvent extends Error {}

/** @throws NotAnEvent, or a ZodError where a known event is malformed */
export function readTrainerEvent(line: string): TrainerEvent {
  const value = parse(line);
  const name = typeof value === 'object' && value !== null && 'event' in value ? value.event : undefined;
  if (!TRAINER_EVENTS.some((known) => known === name)) throw new NotAnEvent('no event of this contract');
  return trainerEventSchema.parse(value);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new NotAnEvent('no JSON');
  }
}
