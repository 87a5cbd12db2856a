/** The text toy as a scripted model for whole jobs: it writes, gives reasons and judges, in JSON where that is asked for. */
import type { ScriptedAnswer } from '../../../core/strategy';
import type { AskedVariant } from './toy';
import type { TextToy } from './text-toy';

const JUDGE = /Which label fits <<<([\s\S]*?)>>>/u;
const REASONS = /^Name (\d+) different concrete reasons/u;
const SOURCE = /This one is \S+: <<<([\s\S]*?)>>>/u;

export function textToyModel(toy: TextToy): ScriptedAnswer {
  return ({ messages, format }, random) => {
    const prompt = messages.at(-1)!.content;
    const shaped = (field: string, value: string | string[]): string =>
      format === undefined ? [value].flat().join('\n') : JSON.stringify({ [field]: value });
    const judged = JUDGE.exec(prompt)?.[1];
    if (judged !== undefined) return shaped('label', toy.trueLabel(judged));
    const reasons = REASONS.exec(prompt)?.[1];
    if (reasons !== undefined)
      return shaped(
        'reasons',
        Array.from({ length: Number(reasons) }, (_, i) => `side ${i + 1} of ${random.integer(1_000)}`),
      );
    const source = SOURCE.exec(prompt)?.[1];
    const variant: AskedVariant =
      source === undefined ? 'seed' : prompt.includes('change topic') ? 'shift' : 'near';
    const label = toy.labels.find(({ phrase }) =>
      new RegExp(`(?:that|one) is ${phrase}[.:]`, 'u').test(prompt),
    )?.phrase;
    return shaped('text', toy.answerFor(variant, { label, source, random }));
  };
}
