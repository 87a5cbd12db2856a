/** A scripted model for the toys: it reads off the prompt what it is asked for, and writes what its toy lets it know. */
import type { ModelRequest } from '../../../../../core/calls';
import type { RunOptions } from '../../../../support/run-strategy';
import type { AskedVariant, Toy, ToyLabel } from '../../../../support/toys/toy';

type AnyToy = Toy<object, object>;

export interface WriterOptions {
  /** What becomes of each answer, for instance quotes around it. */
  readonly after?: (text: string, label: string, random: { integer(n: number): number }) => string;
  /** The label of a row, where a judge asks. */
  readonly judge?: (prompt: string) => string;
}

export function toyWriter(
  toy: AnyToy,
  { after, judge }: WriterOptions = {},
): NonNullable<RunOptions['answer']> {
  return (request, random) => {
    const prompt = promptOf(request);
    if (/Which label fits|Answer <<</u.test(prompt)) return judge?.(prompt) ?? '';
    const asked = askedIn(prompt, toy.labels);
    const text = toy.answerFor(asked.variant, { ...asked, random });
    return after?.(text, asked.label ?? '', random) ?? text;
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
  const label = phrases.find((phrase) => new RegExp(`(?:that|pair|one) is ${phrase}[.:]`, 'u').test(prompt));
  return {
    variant,
    label,
    source,
    context: data(/Context: <<<([\s\S]*?)>>>/u),
    answer: data(/(?:answers with|question with) <<<([\s\S]*?)>>>/u),
  };
}
