/**
 * Six facts about somebody, and a question for one of them. Questions after the first four relations use the verb of the
 * context; those after the other eight a synonym that stands in no context, and that the writer of the seed never uses.
 */
import { randomFor } from '../../../core/random';
import { capitalised, type Dice, pick, pickMany, pseudoWords } from './pseudo-words';
import { type Asked, type AskedVariant, type QaContext, type QaGold, type Toy } from './toy';

const RELATIONS = 12;
const KNOWN_RELATIONS = 4;
const FACTS = 6;
const OPENINGS = 50;
const ANSWER_WORDS = 200;
const ENTITIES = 100;
const CONTEXTS = 1_000;
const KINDS = [
  { asks: 'when', before: 'in' },
  { asks: 'who', before: 'by' },
  { asks: 'what', before: 'the' },
] as const;

interface Relation {
  readonly place: number;
  readonly verb: string;
  /** Verb of its questions. */
  readonly asked: string;
  readonly asks: string;
  readonly before: string;
}

export interface QaToyOptions {
  readonly seed: number;
  readonly rows?: number;
}
export interface QaToy extends Toy<QaGold, QaContext> {
  readonly kind: 'extractive-qa';
}

export function qaToy({ seed, rows = 800 }: QaToyOptions): QaToy {
  const words = pseudoWords(seed);
  const verbs = words(RELATIONS);
  const synonyms = words(RELATIONS);
  const openings = words(OPENINGS);
  const entities = words(ENTITIES).map(capitalised);
  const answerWords = words(ANSWER_WORDS);
  const relations = verbs.map((verb, place): Relation => {
    const asked = place < KNOWN_RELATIONS ? verb : synonyms[place]!;
    return { place, verb, asked, ...KINDS[place % KINDS.length]! };
  });
  const answerTo = (relation: Relation, random: Dice): string => {
    if (relation.asks === 'when') return String(1_000 + random.integer(1_000));
    if (relation.asks === 'what') return pick(answerWords, random);
    return pickMany(answerWords, 2, random).map(capitalised).join(' ');
  };
  const drawContext = (random: Dice): Passage => {
    const entity = pick(entities, random);
    const facts: Fact[] = [];
    let context = '';
    for (const relation of pickMany(relations, FACTS, random)) {
      let text = answerTo(relation, random);
      while (facts.some(({ answer }) => answer.text === text)) text = answerTo(relation, random);
      if (context !== '') context += ' ';
      context += `${entity} ${relation.verb} ${relation.before} `;
      facts.push({ relation, answer: { text, start: context.length } });
      context += `${text} .`;
    }
    return { context, entity, facts };
  };
  const write = ({ asks, asked }: Relation, entity: string, random: Dice): string =>
    `${asks} ${pick(openings, random)} ${entity} ${asked} ?`;

  const random = randomFor(seed, 'qa-toy');
  const gold = Array.from({ length: rows }, (_, i): QaGold => {
    const { context, entity, facts } = drawContext(random);
    const { relation, answer } = pick(facts, random);
    return { id: `q${i}`, context, question: write(relation, entity, random), answers: [answer] };
  });
  return {
    kind: 'extractive-qa',
    labels: [],
    gold,
    contexts: contextsFor(randomFor(seed, 'qa-toy-contexts'), drawContext),
    answerFor: (_variant: AskedVariant, { context = '', answer = '', random: dice }: Asked) => {
      // The fact that the answer belongs to is the same for all variants; only its question's opening is new.
      const [, entity, verb] = factBefore(context, answer);
      const relation = relations.find((one) => one.verb === verb);
      if (entity === undefined || relation === undefined)
        throw new Error(`Expected a context of the toy with the answer "${answer}"; got "${context}"`);
      return write(relation, entity, dice);
    },
  };
}

interface Fact {
  readonly relation: Relation;
  readonly answer: { readonly text: string; readonly start: number };
}
interface Passage {
  readonly context: string;
  readonly entity: string;
  readonly facts: readonly Fact[];
}

/** Contexts for the seed name the answers to the first four relations alone, and each has at least one. */
function contextsFor(random: Dice, drawContext: (random: Dice) => Passage): QaContext[] {
  const contexts: QaContext[] = [];
  while (contexts.length < CONTEXTS) {
    const { context, facts } = drawContext(random);
    const known = facts.filter(({ relation }) => relation.place < KNOWN_RELATIONS);
    if (known.length > 0) contexts.push({ context, answers: known.map(({ answer }) => answer) });
  }
  return contexts;
}

function factBefore(context: string, answer: string): readonly (string | undefined)[] {
  const escaped = answer.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(String.raw`(\S+) (\S+) (?:in|by|the) ${escaped} \.`, 'u').exec(context) ?? [];
}
