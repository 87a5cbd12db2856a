/**
 * Texts of made-up words, one of which, the cue, tells the label. A third of each label's cues (the head) is common;
 * the writer of the seed knows these alone, so that its data has a gap which imitations of errors can fill.
 */
import { randomFor } from '../../../core/random';
import { type Dice, pick, pseudoWords } from './pseudo-words';
import { type Asked, type AskedVariant, type TextGold, type Toy, toyLabels } from './toy';

const FILLERS = 200;
const CUES_PER_LABEL = 30;
const HEAD_CUES = 10;
/** Of a hundred rows that are drawn like gold. */
const HEAD_PERCENT = 60;
const FILLERS_MIN = 8;
const FILLERS_MAX = 14;
const LABELS = ['north', 'east', 'south', 'west', 'centre'];

export interface TextToyOptions {
  readonly seed: number;
  readonly rows?: number;
  /** 2 to 5. */
  readonly labels?: number;
  /** Share of gold labels that are flipped to another one. */
  readonly noise?: number;
  /** What the writer of the seed knows: the head, or all cues as often as gold has them. */
  readonly seedCues?: 'head' | 'as-gold';
}

export interface TextToy extends Toy<TextGold> {
  readonly kind: 'text';
  /** The label that a text's cue tells, whatever label it was given. */
  trueLabel(text: string): string;
}

export function textToy(options: TextToyOptions): TextToy {
  const { seed, rows = 2_400, labels: labelCount = 4, noise = 0, seedCues = 'head' } = options;
  const labels = LABELS.slice(0, labelCount);
  const words = pseudoWords(seed);
  const fillers = words(FILLERS);
  const cues = new Map(labels.map((label) => [label, words(CUES_PER_LABEL)]));
  const labelOfCue = new Map([...cues].flatMap(([label, own]) => own.map((cue) => [cue, label] as const)));

  const write = (cue: string, random: Dice): string => {
    const count = FILLERS_MIN + random.integer(FILLERS_MAX - FILLERS_MIN + 1);
    const text = Array.from({ length: count }, () => pick(fillers, random));
    text.splice(random.integer(count + 1), 0, cue);
    return text.join(' ');
  };
  const cueLikeGold = (label: string, random: Dice): string => {
    const own = cues.get(label)!;
    return pick(random.integer(100) < HEAD_PERCENT ? own.slice(0, HEAD_CUES) : own.slice(HEAD_CUES), random);
  };
  const cueIn = (text: string): string => {
    const cue = text.split(/\s+/u).find((word) => labelOfCue.has(word));
    if (cue === undefined) throw new Error(`Expected a text of the toy, with a cue in it; got "${text}"`);
    return cue;
  };

  const random = randomFor(seed, 'text-toy');
  const gold = Array.from({ length: rows }, (_, i): TextGold => {
    const label = labels[i % labels.length]!;
    const text = write(cueLikeGold(label, random), random);
    // Noise is drawn for every row, so that the texts are the same with and without it.
    const flipped = random.integer(10_000) < noise * 10_000;
    const other = pick(
      labels.filter((one) => one !== label),
      random,
    );
    return { id: `t${i}`, text, label: flipped ? other : label };
  });

  return {
    kind: 'text',
    labels: toyLabels(labels),
    gold,
    contexts: [],
    trueLabel: (text) => labelOfCue.get(cueIn(text))!,
    answerFor: (variant: AskedVariant, { label = '', source = '', random: dice }: Asked) => {
      if (variant !== 'seed') return write(cueIn(source), dice);
      const own = cues.get(label);
      if (own === undefined) throw new Error(`Expected one of ${labels.join(', ')}; got "${label}"`);
      return write(
        seedCues === 'head' ? pick(own.slice(0, HEAD_CUES), dice) : cueLikeGold(label, dice),
        dice,
      );
    },
  };
}
