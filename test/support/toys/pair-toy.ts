/**
 * Who has what: a target follows from its context, or does not. Each label has four forms, of which gold has the first
 * half of the time; the writer of the seed knows the first forms alone.
 */
import { randomFor } from '../../../core/random';
import { type Dice, pick, pickMany, pseudoWords } from './pseudo-words';
import { type Asked, type AskedVariant, type PairGold, type Toy, toyLabels } from './toy';

const NAMES = 60;
const THINGS = 80;
const FACTS = 4;
const FIRST_FORM_PERCENT = 50;
export const ENTAILED = 'entailed';
export const NOT_ENTAILED = 'unsupported';
const CONTEXTS = 1_000;

interface Fact {
  readonly name: string;
  readonly thing: string;
}
const FORMS = {
  [ENTAILED]: ['has', 'owns', 'holds', 'keeps'],
  [NOT_ENTAILED]: ['has another', 'never has', 'lacks', 'has an absent'],
} as const;
type Form = (typeof FORMS)[keyof typeof FORMS][number];

export interface PairToyOptions {
  readonly seed: number;
  readonly rows?: number;
}
export interface PairToy extends Toy<PairGold, { readonly context: string }> {
  readonly kind: 'pair';
}

export function pairToy({ seed, rows = 800 }: PairToyOptions): PairToy {
  const words = pseudoWords(seed);
  const names = words(NAMES);
  const things = words(THINGS);
  const drawContext = (random: Dice): string => {
    const owned = pickMany(things, FACTS, random);
    return pickMany(names, FACTS, random)
      .map((name, i) => `${name} has ${owned[i]!} .`)
      .join(' ');
  };
  const write = (form: Form, context: string, random: Dice): string => {
    const facts = factsOf(context);
    const { name, thing } = pick(facts, random);
    if (form === 'has another')
      return `${name} has ${
        pick(
          facts.filter((fact) => fact.name !== name),
          random,
        ).thing
      }`;
    if (form !== 'has an absent') return `${name} ${form} ${thing}`;
    const owned = new Set(facts.map((fact) => fact.thing));
    return `${name} has ${pick(
      things.filter((one) => !owned.has(one)),
      random,
    )}`;
  };

  const random = randomFor(seed, 'pair-toy');
  const gold = Array.from({ length: rows }, (_, i): PairGold => {
    const label = i % 2 === 0 ? ENTAILED : NOT_ENTAILED;
    const [first, ...others] = FORMS[label];
    const form = random.integer(100) < FIRST_FORM_PERCENT ? first : pick(others, random);
    const context = drawContext(random);
    return { id: `p${i}`, context, target: write(form, context, random), label };
  });
  const others = randomFor(seed, 'pair-toy-contexts');

  return {
    kind: 'pair',
    labels: toyLabels([ENTAILED, NOT_ENTAILED]),
    gold,
    contexts: Array.from({ length: CONTEXTS }, () => ({ context: drawContext(others) })),
    answerFor: (variant: AskedVariant, { label = '', source = '', context = '', random: dice }: Asked) => {
      if (variant !== 'seed') return write(formOf(source, context), context, dice);
      if (label !== ENTAILED && label !== NOT_ENTAILED)
        throw new Error(`Expected ${ENTAILED} or ${NOT_ENTAILED}; got "${label}"`);
      return write(FORMS[label][0], context, dice);
    },
  };
}

function factsOf(context: string): Fact[] {
  return Array.from(context.matchAll(/(\S+) has (\S+) \./gu), ([, name, thing]) => ({
    name: name!,
    thing: thing!,
  }));
}

/** The form in which a target is written, read off it and its context. */
function formOf(target: string, context: string): Form {
  const [, name, verb, thing] =
    /^(\S+) (never has|has|owns|holds|keeps|lacks) (\S+)$/u.exec(target.trim()) ?? [];
  if (verb === undefined) throw new Error(`Expected a target of the toy; got "${target}"`);
  if (verb !== 'has') return verb as Form;
  const owner = factsOf(context).find((fact) => fact.thing === thing);
  if (owner === undefined) return 'has an absent';
  return owner.name === name ? 'has' : 'has another';
}
