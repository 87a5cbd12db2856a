/** A classification as a chat: labels are numbers, so that each is one token and its probability can be read. */
import type OpenAI from 'openai';
import type { Example, StudentItem } from '../../../core/students/student';

/** A row of less weight is written once, a heavier one as often as it is heavier, up to this. */
const REPEATS_MAX = 10;

export interface ChatLine {
  readonly role: 'system' | 'user';
  readonly content: string;
}

export function askForLabel(item: StudentItem, labels: readonly string[]): ChatLine[] {
  const numbered = labels.map((label, index) => `${index + 1}: ${label}`).join('\n');
  const system = `Classify what the user writes. Answer with the number of its label and nothing else.\n${numbered}`;
  const user = item.text ?? `Context: ${item.context ?? ''}\nTarget: ${item.target ?? ''}`;
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}

/** One line of a training file, with its end. */
export function trainingLine(example: Example, labels: readonly string[]): string {
  const answer = { role: 'assistant', content: String(labels.indexOf(example.label ?? '') + 1) };
  return `${JSON.stringify({ messages: [...askForLabel(example, labels), answer] })}\n`;
}

/** How often a row is written: a training file knows no weights. */
export function repeatsOf(weight: number, weightMin: number): number {
  return Math.min(REPEATS_MAX, Math.max(1, Math.round(weight / weightMin)));
}

/** Probabilities of the labels, from the first token's alternatives; without them the answer alone counts. */
export function labelProbabilities(
  choice: OpenAI.ChatCompletion.Choice | undefined,
  labels: readonly string[],
): number[] {
  const top = choice?.logprobs?.content?.[0]?.top_logprobs ?? [];
  const mass = labels.map((): number => 0);
  for (const { token, logprob } of top) {
    const label = numberOf(token, labels.length);
    if (label !== undefined) mass[label] = (mass[label] ?? 0) + Math.exp(logprob);
  }
  const said = numberOf(choice?.message.content ?? '', labels.length);
  if (!mass.some((share) => share > 0) && said !== undefined) mass[said] = 1;
  const sum = mass.reduce((a, b) => a + b, 0);
  return mass.map((share) => (sum === 0 ? 1 / labels.length : share / sum));
}

function numberOf(text: string, labels: number): number | undefined {
  const number = /^\s*(\d{1,3})\b/.exec(text)?.[1];
  const index = Number(number) - 1;
  return number !== undefined && index >= 0 && index < labels ? index : undefined;
}
