import { z } from 'zod';
import type { Prediction, StudentItem, StudentTask } from '../../core/students/student';

/** How far a classifier's probabilities may be from the sum 1: single precision. */
const SUM_TOLERANCE = 1e-3;

const probability = z
  .number()
  .min(0)
  .max(1 + SUM_TOLERANCE);
const labelSchema = z.object({ id: z.string(), probabilities: z.array(probability) });
const spanSchema = z.object({
  id: z.string(),
  answer: z.object({ text: z.string(), start: z.int().min(0) }),
  probability,
});

/** A foreign prediction for an item, or what is wrong with it. */
export function readPrediction(
  value: unknown,
  item: StudentItem,
  task: StudentTask,
): Prediction | { readonly wrong: string } {
  const parsed = (task.kind === 'extractive-qa' ? spanSchema : labelSchema).safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { wrong: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no prediction'}` };
  }
  const prediction: Prediction = parsed.data;
  if (prediction.id !== item.id) return { wrong: `expected item "${item.id}", got "${prediction.id}"` };
  if ('answer' in prediction) return misplaced(prediction.answer, item) ?? prediction;
  if (task.kind === 'extractive-qa') return { wrong: 'expected an answer' };
  const { length } = prediction.probabilities;
  if (length !== task.labels.length)
    return { wrong: `expected ${task.labels.length} probabilities, got ${length}` };
  const sum = prediction.probabilities.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE)
    return { wrong: `expected probabilities with the sum 1, got ${sum}` };
  return prediction;
}

function misplaced(
  { text, start }: { readonly text: string; readonly start: number },
  { context = '' }: StudentItem,
): { readonly wrong: string } | undefined {
  if (text === '') return undefined;
  // Starts count code points; in a text without any outside the basic plane the two ways of counting are one.
  const from = context.slice(start, start + text.length) === text ? text : undefined;
  const found = from ?? [...context].slice(start, start + [...text].length).join('');
  return found === text ? undefined : { wrong: `expected "${text}" at code point ${start} of its context` };
}
