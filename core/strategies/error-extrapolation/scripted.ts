/** What the scripted model answers here: rows of the example worlds, and now and then each fault that the filters exist for. */
import type { ChatCall } from '../../calls';
import type { ScriptedAnswer } from '../../strategy';
import {
  CUES,
  HEAD_CUES,
  answerIn,
  factsOf,
  isEntailed,
  kindOfAnswer,
  messageWith,
  pickFrom,
  questionFor,
  statementAbout,
} from './example-world';
import { MATERIAL } from './prompts';

type Dice = Parameters<ScriptedAnswer>[1];

/** Of a hundred written answers, how many have one fault. */
const FAULT_PERCENT = 3;
const REFUSAL = 'I’m sorry, but I cannot help with that.';
const HEAD_VERBS = ['has', 'owns'];
const HEAD_WORDINGS = 2;

const JUDGE = /Which label fits <<<([\s\S]*?)>>>\?\nLabels:\n([\s\S]*?)\nAnswer with the label alone/u;
const JUDGE_QA = /Answer <<<([\s\S]*?)>>> from the context/u;
const REASONS = /Name (\d+) different concrete reasons why a \p{L}+ is (.+?)[.:]/u;
const DESCRIBE = /took each of these for what it is not/u;
/** All that stands between marks, in order. */
const DATA = /<<<([\s\S]*?)>>>/gu;
const CONTEXT = /Context: <<<([\s\S]*?)>>>/u;
/** The label wanted, in clean words and in the paper's. */
const WANTED =
  /(?:so that it becomes|so that the pair is|Write one text that is|Write one \p{L}+ that is|This one is|definitely) (.+?)(?: and has this difficulty|[.:](?:\s|$))/u;
const IMITATES = /Keep what makes it hard|Another (?:statement|question)|Write a new one/u;
const SOURCE = /This one is .+?: <<<([\s\S]*?)>>>/u;
const WRITES =
  /Write (?:a new )?one|Change <<<|following statement is definitely|Another statement that is definitely|\nQuestion:$|Another question with this answer:/u;

export const scriptedErrorExtrapolation: ScriptedAnswer = (request, random) => {
  const system = request.messages.find(({ role }) => role === 'system')?.content ?? '';
  const user = request.messages.find(({ role }) => role === 'user')?.content ?? '';
  // Without a system block only the paper's own words tell whose prompt it is.
  if (system !== '' && !system.includes(MATERIAL)) return undefined;
  if (JUDGE.test(user)) return shaped(request, 'label', judgedLabel(user));
  if (JUDGE_QA.test(user)) return shaped(request, 'answer', judgedAnswer(user));
  const [, count, phrase = ''] = REASONS.exec(user) ?? [];
  if (count !== undefined) return reasons(request, Number(count), phrase);
  if (DESCRIBE.test(user)) return description(random);
  if (!WRITES.test(user)) return undefined;
  if (random.integer(100) < FAULT_PERCENT) return faulty(user, random);
  const text = written(user, random);
  return text === undefined ? undefined : shaped(request, 'text', text);
};

/** A JSON object where one is asked for. */
function shaped({ format }: ChatCall, field: string, text: string): string {
  return format === undefined ? text : JSON.stringify({ [field]: text });
}

/** Each of them once in a while: prose instead of JSON, a refusal, an answer cut off, the source itself. */
function faulty(user: string, random: Dice): string {
  const source = Array.from(user.matchAll(DATA)).at(-1)?.[1] ?? 'the shop';
  const faults = [
    'Here is one for you, as you asked.',
    REFUSAL,
    '{"text": "It was',
    JSON.stringify({ text: source }),
    '',
  ];
  return pickFrom(faults, random);
}

function written(user: string, random: Dice): string | undefined {
  const context = CONTEXT.exec(user)?.[1];
  if (context === undefined) return message(user, random);
  const phrase = WANTED.exec(user)?.[1];
  return phrase === undefined ? question(user, context, random) : statement(user, context, phrase, random);
}

/** Seed messages hold the commonest cues; an imitation keeps its source's, a contrast takes one of the other label. */
function message(user: string, random: Dice): string {
  const phrase = WANTED.exec(user)?.[1] ?? '';
  const cues = CUES[phrase] ?? [`is ${phrase} through and through`];
  const source = SOURCE.exec(user)?.[1];
  const kept = source === undefined ? undefined : cues.find((cue) => source.includes(cue));
  return messageWith(kept ?? pickFrom(cues.slice(0, HEAD_CUES), random), random);
}

function statement(user: string, context: string, phrase: string, random: Dice): string {
  const facts = factsOf(context);
  if (facts.length < 2) return `It is ${phrase}.`;
  const verbs = IMITATES.test(user) ? undefined : HEAD_VERBS;
  return statementAbout(facts, !/^not\b/u.test(phrase), random, verbs);
}

function question(user: string, context: string, random: Dice): string {
  const data = Array.from(user.matchAll(DATA), ([, text = '']) => text).filter((text) => text !== context);
  const wantedAnswer = /(?:with|becomes|Answer:) <<<([\s\S]*?)>>>/u.exec(user)?.[1];
  const answer = wantedAnswer ?? data[0] ?? '';
  return questionFor(context, kindOfAnswer(answer), random, IMITATES.test(user) ? undefined : HEAD_WORDINGS);
}

/** Reads the labels off the prompt: `- id (phrase): definition`. */
function judgedLabel(user: string): string {
  const [, target = '', list = ''] = JUDGE.exec(user) ?? [];
  const labels = Array.from(
    list.matchAll(/^- ([^\n:(]+?)(?: \(([^\n)]+)\))?(?::|$)/gmu),
    ([, id = '', phrase]) => ({
      id,
      phrase: phrase ?? id,
    }),
  );
  const context = CONTEXT.exec(user)?.[1];
  const fits = ({ phrase }: { phrase: string }): boolean =>
    context === undefined
      ? (CUES[phrase] ?? [`is ${phrase} through`]).some((cue) => target.includes(cue))
      : isEntailed(factsOf(context), target) !== /^not\b/u.test(phrase);
  return (labels.find(fits) ?? labels[0])?.id ?? '';
}

function judgedAnswer(user: string): string {
  return answerIn(CONTEXT.exec(user)?.[1] ?? '', JUDGE_QA.exec(user)?.[1] ?? '');
}

const SIDES = [
  'its price',
  'its weight',
  'its noise',
  'the first ride',
  'the last repair',
  'the colour',
  'the fit',
  'the brakes',
  'the shop’s advice',
  'the long wait',
  'the spare parts',
  'the smell of rubber',
];

function reasons(request: ChatCall, count: number, phrase: string): string {
  const list = Array.from({ length: count }, (_, i) => `${SIDES[i % SIDES.length]} speaks for ${phrase}`);
  return request.format === undefined
    ? list.map((reason) => `- ${reason}`).join('\n')
    : JSON.stringify({ reasons: list });
}

function description(random: Dice): string {
  const name = pickFrom(['rare wording', 'late hint', 'plain start'], random);
  const pattern = 'The words that decide are rare and stand late, after a neutral beginning.';
  return JSON.stringify({ name, pattern, vary: ['the thing', 'the place', 'the speaker'] });
}
