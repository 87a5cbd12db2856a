/** What the scripted model answers here: plausible content, and now and then each fault that the filters exist for. */
import type { ScriptedAnswer } from '../../strategy';
import { PLAIN_SYSTEM } from './prompts';
import { findNames } from './text-entities';

type Dice = Parameters<ScriptedAnswer>[1];

/** Of a hundred answers, how many have one fault. */
const FAULT_PERCENT = 3;
const DOCUMENT = /^<<<(doc-[0-9a-f]{12})\n([\s\S]*?)\n\1>>>/u;
const SENTENCES_PER_PART = 3;
const TOPICS_MAX = 60;

export const scriptedEntigraph: ScriptedAnswer = (request, random) => {
  const user = request.messages.find(({ role }) => role === 'user')?.content ?? '';
  const system = request.messages.find(({ role }) => role === 'system')?.content ?? '';
  const [fenced = '', , document] = DOCUMENT.exec(user) ?? [];
  if (document === undefined) return undefined;
  const [firstLine = '', ...rest] = document.split('\n');
  const title = /^"(.*?)"(?: by |, |\.)/u.exec(firstLine)?.[1];
  const text = title === undefined ? document : rest.join('\n');
  const plain = system.startsWith(PLAIN_SYSTEM);
  const things = plain ? namesIn(user.slice(fenced.length)) : thingsOf(user);
  return things.length === 0
    ? extraction(text, title, random)
    : relation({ plain, title: title ?? 'The document', text, things, random });
};

function thingsOf(user: string): string[] {
  const list = /\n\nThings:\n((?:- .+(?:\n|$))+)$/u.exec(user)?.[1] ?? '';
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(2));
}

/** The plain question names its things in running text, and all names that this model lists are capitalised. */
function namesIn(question: string): string[] {
  return findNames(question).map(({ name }) => name);
}

function happens(random: Dice): boolean {
  return random.integer(100) < FAULT_PERCENT;
}

function extraction(text: string, title: string | undefined, random: Dice): string {
  if (happens(random)) return 'Here is what I found in the document: several people and places.';
  const entities = findNames(text).map(({ name }) => ({ name, type: typeOf(name) }));
  const spoken = title === undefined ? 'The document' : `"${title}"`;
  const slots = {
    title: title ?? 'the document',
    thing: entities[0]?.name ?? 'it',
    things: 'its people and places',
  };
  const told = prose(ANALYSIS, slots, topicsOf(text), random);
  const summary = `${spoken} tells of ${entities
    .slice(0, 5)
    .map(({ name }) => name)
    .join(', ')}. ${told}`;
  const named =
    title === undefined
      ? { title: entities[0] === undefined ? 'Untitled' : `About ${entities[0].name}` }
      : {};
  return JSON.stringify({ ...named, summary, entities });
}

function typeOf(name: string): string {
  if (/\b(?:Board|Company|Society|Abbey|Ministry|Organi[sz]ation)\b/u.test(name)) return 'organisation';
  if (/\b(?:Point|Marsh|River|Street|Island|Sea|Bay)\b/u.test(name)) return 'place';
  return name.split(' ').length === 2 ? 'person' : 'term';
}

interface Relation {
  readonly plain: boolean;
  readonly title: string;
  readonly text: string;
  readonly things: readonly string[];
  readonly random: Dice;
}

function relation({ plain, title, text, things, random }: Relation): string {
  if (happens(random)) return 'I’m sorry, but I cannot help with that.';
  const drops = happens(random);
  const topics = topicsOf(text);
  const account = (thing: string): string =>
    prose(ACCOUNT, { title, thing, things: things.join(' and ') }, topics, random);
  const analysis = prose(
    ANALYSIS,
    { title, thing: things[0] ?? '', things: things.join(' and ') },
    topics,
    random,
  );
  if (plain) {
    const kept = drops ? [] : things.map(account);
    return [...kept, drops ? `"${title}" says little here.` : analysis].join('\n\n');
  }
  const parts = things.map((thing) => `### ${title}: ${thing}\n\n${account(thing)}`);
  const last = `### ${title}: ${things.join(' and ')}\n\n${analysis}`;
  return [...parts, ...(drops ? [] : [last])].join('\n\n');
}

const ACCOUNT = [
  'In "{title}", {thing} stands close to everything said of {topic} and {topic}.',
  'Seen from {thing}, the {topic} in "{title}" gains a weight that a quick reader would miss.',
  'What {thing} does for the {topic} shows again when "{title}" turns towards {topic}.',
  'The passage on {topic} makes sense only once {thing} and the {topic} are read side by side.',
  'Nothing in "{title}" explains {thing} better than its {topic}, unless it is the {topic}.',
  'A reader who follows {thing} meets {topic} first, {topic} later, and the {topic} at the end.',
  'By way of {topic}, the author ties {thing} to {topic} without ever saying so outright.',
  'It matters for {thing} that {topic} comes before {topic} in this telling.',
];
const ANALYSIS = [
  'Between {things} lies the {topic}, which "{title}" treats as common ground.',
  'Taken together, {things} show how {topic} depends on {topic} throughout "{title}".',
  'Where {things} touch, the question of {topic} gives way to that of {topic}.',
  'Neither of them alone accounts for {topic}; {things} do so jointly, by way of {topic}.',
  '"{title}" lets {things} answer each other through {topic}, {topic} and {topic}.',
  'The link from {thing} to the rest runs over {topic} and, more faintly, over {topic}.',
];

function prose(
  templates: readonly string[],
  slots: Readonly<Record<'title' | 'thing' | 'things', string>>,
  topics: readonly string[],
  random: Dice,
): string {
  const pool = [...templates];
  const chosen = Array.from(
    { length: SENTENCES_PER_PART },
    () => pool.splice(random.integer(pool.length), 1)[0] ?? '',
  );
  return chosen
    .map((template) =>
      template.replace(/\{(\w+)\}/gu, (_, slot: string) =>
        slot === 'topic' ? topics[random.integer(topics.length)]! : slots[slot as keyof typeof slots],
      ),
    )
    .join(' ');
}

/** Words of the document that carry content, so that texts differ by document and by draw. */
function topicsOf(text: string): string[] {
  const long = text.match(/\b\p{Ll}{5,}\b/gu) ?? [];
  const topics = [...new Set(long)].slice(0, TOPICS_MAX);
  return topics.length === 0 ? ['matter', 'account', 'story'] : topics;
}
