/** A scripted model for the toys: it reads off the prompt what it is asked for, and writes what its toy lets it know. */
import type { ModelRequest } from '../../../../../core/calls';
import type { RunOptions } from '../../../../support/run-strategy';
import type { AskedVariant, Toy, ToyLabel } from '../../../../support/toys/toy';

type AnyToy = Toy<object, object>;

export interface WriterOptions {
  /** What becomes of each answer, for instance quotes around it. */
  readonly after?: (
    text: string,
    label: string,
    random: { integer(n: number): number },
    prompt: string,
  ) => string;
  /** The label of a row, where a judge asks. */
  readonly judge?: (prompt: string) => string;
  /** An embedder's vector of a text; default: its vowels. */
  readonly vector?: (text: string) => readonly number[];
}

export const PATTERN = 'the word that decides is rare';
const DESCRIPTION = { name: 'rare words', pattern: PATTERN, vary: ['the order', 'the length', 'the rest'] };

export function toyWriter(
  toy: AnyToy,
  { after, judge, vector = vowelsIn }: WriterOptions = {},
): NonNullable<RunOptions['answer']> {
  return (request, random) => {
    if (request.kind === 'embed') return { vectors: request.texts.map((text) => [...vector(text)]) };
    const prompt = promptOf(request);
    if (/Which label fits|Answer <<</u.test(prompt)) return judge?.(prompt) ?? '';
    if (/took each of these for what it is not/u.test(prompt)) return JSON.stringify(DESCRIPTION);
    const asked = askedIn(prompt, toy.labels);
    const text = toy.answerFor(asked.variant, { ...asked, random });
    return after?.(text, asked.label ?? '', random, prompt) ?? text;
  };
}

function promptOf(request: ModelRequest): string {
  if (request.kind !== 'chat') throw new Error(`expected a chat call, got ${request.kind}`);
  return request.messages.at(-1)!.content;
}

function askedIn(prompt: string, labels: readonly ToyLabel[]) {
  const data = (pattern: RegExp): string | undefined => pattern.exec(prompt)?.[1]?.trim();
  const source =
    data(/This one is \S+: <<<([\s\S]*?)>>>/u) ??
    data(/answers this question with <<<[\s\S]*?>>>: <<<([\s\S]*?)>>>/u);
  const variant: AskedVariant =
    source === undefined
      ? 'seed'
      : prompt.includes('change topic') || prompt.includes('another approach')
        ? 'shift'
        : 'near';
  const phrases = labels.map(({ phrase }) => phrase);
  // Also of a contrast, which is written like a seed row of the other label.
  const asks = (phrase: string): RegExp =>
    new RegExp(`(?:(?:that|pair|one|target) is|it becomes) ${phrase}(?:[.:]| and has)`, 'u');
  return {
    variant,
    label: phrases.find((phrase) => asks(phrase).test(prompt)),
    source,
    context: data(/Context: <<<([\s\S]*?)>>>/u),
    answer: data(/(?:answers with|question with) <<<([\s\S]*?)>>>/u),
  };
}

function vowelsIn(text: string): number[] {
  return ['a', 'e', 'i', 'o', 'u'].map((vowel) => text.split(vowel).length - 1);
}
