/**
 * The small worlds of the example jobs: what their gold says, and what the scripted model knows of them. Labels show in a
 * few cues; the scripted model writes seed rows with the first cues only, and so leaves errors to imitate.
 */
import type { Random } from '../../random';

/** Cues by label phrase, the commonest first. */
export const CUES: Readonly<Record<string, readonly string[]>> = {
  satisfied: [
    'rides beautifully',
    'was worth every cent',
    'made my week',
    'runs like new',
    'never let me down',
    'earned its praise',
  ],
  dissatisfied: [
    'broke after a day',
    'was a waste of money',
    'spoiled my trip',
    'rattles all the way',
    'left me stranded',
    'tested my patience',
  ],
};
/** How many cues of a label the scripted model thinks of by itself. */
export const HEAD_CUES = 3;

const OPENINGS = [
  'Honestly',
  'To my mind',
  'All in all',
  'After one month',
  'This spring',
  'So far',
  'By now',
  'In short',
];
const THINGS = [
  'bike',
  'helmet',
  'saddle',
  'lamp',
  'pump',
  'chain',
  'basket',
  'bell',
  'trailer',
  'jacket',
  'lock',
  'rack',
];
const SELLERS = [
  'your shop',
  'the old mechanic',
  'a friend',
  'the market hall',
  'your website',
  'my neighbour',
];
const USES = [
  'on gravel',
  'in heavy rain',
  'on the way to work',
  'with two children aboard',
  'up the steep lane',
  'at night',
  'along the canal',
  'on cobbles',
];
const ENDINGS = [
  'I write this as a daily rider',
  'My sister says the same',
  'We have owned five before',
  'Please pass that on',
  'That is all I can say',
  'Others may see it differently',
];

export function pickFrom<T>(list: readonly T[], random: Pick<Random, 'integer'>): T {
  return list[random.integer(list.length)]!;
}

/** A message to a bicycle shop that holds a cue. */
export function messageWith(cue: string, random: Pick<Random, 'integer'>): string {
  const [opening, thing, seller, use, ending] = [OPENINGS, THINGS, SELLERS, USES, ENDINGS].map((list) =>
    pickFrom(list, random),
  );
  return `${opening}, the ${thing} from ${seller} ${cue} ${use}. ${ending}.`;
}

const NAMES = [
  'Ada',
  'Ben',
  'Cora',
  'Dan',
  'Elsa',
  'Finn',
  'Greta',
  'Hugo',
  'Ida',
  'Jon',
  'Kira',
  'Liam',
  'Mona',
  'Nils',
  'Olga',
  'Paul',
];
const OWNED = [
  'a red kite',
  'two lamps',
  'an old map',
  'a silver ring',
  'three hens',
  'a blue boat',
  'some rope',
  'a tin drum',
  'a chess set',
  'a wool scarf',
  'a glass jar',
  'an iron key',
];
const VERBS = ['has', 'owns', 'holds', 'keeps'];
const FACTS_PER_CONTEXT = 4;

export interface Fact {
  readonly name: string;
  readonly thing: string;
}

/** Different people with different things. */
export function drawFacts(random: Pick<Random, 'integer'>): Fact[] {
  const [names, things] = [[...NAMES], [...OWNED]];
  const take = (list: string[]): string => list.splice(random.integer(list.length), 1)[0]!;
  return Array.from({ length: FACTS_PER_CONTEXT }, () => ({ name: take(names), thing: take(things) }));
}

export function contextOf(facts: readonly Fact[]): string {
  return facts.map(({ name, thing }) => `${name} has ${thing}.`).join(' ');
}

export function factsOf(context: string): Fact[] {
  return Array.from(context.matchAll(/(\p{Lu}\p{L}+) has ([^.]+)\./gu), ([, name = '', thing = '']) => ({
    name,
    thing,
  }));
}

/** A statement that the facts entail, or one that they do not. */
export function statementAbout(
  facts: readonly Fact[],
  entailed: boolean,
  random: Pick<Random, 'integer'>,
  verbs = VERBS,
): string {
  const place = random.integer(facts.length);
  const { name, thing } = facts[place]!;
  const verb = pickFrom(verbs, random);
  if (entailed) return `${name} ${verb} ${thing}.`;
  const other = facts[(place + 1 + random.integer(facts.length - 1)) % facts.length]!;
  return random.integer(2) === 0 ? `${name} ${verb} ${other.thing}.` : `${name} never ${verb} ${thing}.`;
}

export function isEntailed(facts: readonly Fact[], statement: string): boolean {
  if (/\bnever\b/u.test(statement)) return false;
  return facts.some(({ name, thing }) => statement.startsWith(`${name} `) && statement.includes(thing));
}

const BUILDINGS = ['mill', 'tower', 'bridge', 'chapel', 'station', 'library', 'harbour', 'theatre'];
const PLACES = ['Arden', 'Barrow', 'Corvin', 'Dunmore', 'Ellery', 'Farrow', 'Gaskin', 'Hollis'];

/** Sentences about one building, each with what may be asked of it. */
export function chronicle(random: Pick<Random, 'integer'>): { context: string; answers: string[] } {
  const [building, place] = [pickFrom(BUILDINGS, random), pickFrom(PLACES, random)];
  const year = String(1700 + random.integer(250));
  const builder = `${pickFrom(NAMES, random)} ${pickFrom(PLACES, random)}`;
  const material = pickFrom(['oak', 'granite', 'brick', 'slate', 'iron', 'limestone'], random);
  const context = `The ${building} of ${place} was opened in ${year}. It was designed by ${builder}. Its walls are made of ${material}.`;
  return { context, answers: [year, builder, material] };
}

const QUESTIONS: Readonly<Record<'year' | 'builder' | 'material', readonly string[]>> = {
  year: [
    'When was it opened?',
    'In which year did it open?',
    'Since what year has it been open?',
    'What was the year of its opening?',
  ],
  builder: [
    'Who designed it?',
    'By whom was it designed?',
    'Who drew the plans for it?',
    'Whose design was it?',
  ],
  material: [
    'What are its walls made of?',
    'Of which material are the walls?',
    'What is it built from?',
    'Which material was used for the walls?',
  ],
};

type Asked = keyof typeof QUESTIONS;
export function kindOfAnswer(answer: string): Asked {
  if (/^\d{4}$/u.test(answer)) return 'year';
  return /^\p{Lu}/u.test(answer) ? 'builder' : 'material';
}

const ASIDES = ['', 'Say, ', 'Do you know, ', 'By the way, ', 'For the record, ', 'Tell me, '];

/** A question of a kind about the building that the context names; `wordings` says how many the asker knows. */
export function questionFor(
  context: string,
  kind: Asked,
  random: Pick<Random, 'integer'>,
  wordings = QUESTIONS[kind].length,
): string {
  const named = `the ${/^The (\p{L}+ of \p{L}+)/u.exec(context)?.[1] ?? 'building'}`;
  const question = pickFrom(QUESTIONS[kind].slice(0, wordings), random)
    .replace(/\b(?:its|the) walls\b/u, `the walls of ${named}`)
    .replace(/\bits\b/u, `${named}'s`)
    .replace(/\bit\b/u, named);
  const aside = pickFrom(ASIDES, random);
  return aside === '' ? question : `${aside}${question[0]?.toLowerCase()}${question.slice(1)}`;
}

/** Which of a chronicle's answers a question asks for. */
export function answerIn(context: string, question: string): string {
  const kind = (Object.keys(QUESTIONS) as Asked[]).find((one) => MARKS[one].test(question)) ?? 'year';
  return ANSWERS[kind].exec(context)?.[1] ?? '';
}
const MARKS: Readonly<Record<Asked, RegExp>> = {
  year: /\b(?:when|year)\b/iu,
  builder: /\b(?:who|whom|whose)\b/iu,
  material: /\b(?:walls|material|built from)\b/iu,
};
const ANSWERS: Readonly<Record<Asked, RegExp>> = {
  year: /opened in (\d{4})/u,
  builder: /designed by ([^.]+)\./u,
  material: /made of ([^.]+)\./u,
};
