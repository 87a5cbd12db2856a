import { cleanEntities } from '../../../../core/strategies/entigraph/entities';
import type { FoundEntity, HygieneParams } from '../../../../core/strategies/entigraph/entities';
import {
  countMentions,
  entityKey,
  isPlural,
  searchable,
} from '../../../../core/strategies/entigraph/entity-key';
import { findNames } from '../../../../core/strategies/entigraph/text-entities';
import type { EntityType } from '../../../../core/strategies/entigraph/records';

const FULL: HygieneParams = {
  hygiene: 'full',
  entitiesMax: 40,
  conceptWordShareMin: 0.6,
  excludePersons: false,
};

function found(...names: readonly (readonly [string, EntityType?])[]): FoundEntity[] {
  return names.map(([name, type = 'term']) => ({ name, type, window: 0 }));
}
function reasons(names: FoundEntity[], text: string, params: Partial<HygieneParams> = {}): string[] {
  return cleanEntities(names, [text], { ...FULL, ...params }).merges.map(
    ({ kind, reason, name }) => `${kind} ${reason} ${name}`,
  );
}

test('keys forget what does not distinguish', () => {
  const keys = ['The  Robots', '“Robot’s”', 'The Hague', 'Dr. Kell’s notes'].map(entityKey);
  expect(keys).toEqual(['robots', 'robot', 'hague', 'dr. kell notes']);
  expect(entityKey('“The robot”')).toBe('robot');
  expect([
    isPlural('robots', 'robot'),
    isPlural('boxes', 'box'),
    isPlural('cities', 'city'),
    isPlural('robot', 'robots'),
  ]).toEqual([true, true, true, false]);
});

test('mentions are whole words, with plurals and possessives', () => {
  const text = searchable('The Robot’s arm. Robots, a robotic robot; Dr. Kell’s notes.');
  expect(countMentions('robot', text)).toBe(3);
  expect(countMentions('Dr. Kell’s notes', text)).toBe(1);
  expect(countMentions('東京', searchable('私は東京に行く。東京は大きい。'))).toBe(2);
});

test('Holmes and the WHO: two entities, three merges, one drop', () => {
  const text =
    'Sherlock Holmes read the report. Holmes doubted that the World Health Organization, or WHO, had the Holmes file.';
  const names = found(
    ['Sherlock Holmes', 'person'],
    ['Holmes', 'person'],
    ['the Holmes', 'person'],
    ['WHO', 'organisation'],
    ['World Health Organization', 'organisation'],
    ['Zebulon Quaint', 'person'],
  );
  const { entities, merges } = cleanEntities(names, [text], FULL);
  expect(entities.map(({ name }) => name)).toEqual(['Sherlock Holmes', 'World Health Organization']);
  expect(merges.filter(({ kind }) => kind === 'merge')).toHaveLength(3);
  expect(merges.filter(({ kind }) => kind === 'drop')).toEqual([
    { kind: 'drop', reason: 'not-in-document', name: 'Zebulon Quaint' },
  ]);
});

test('each rule names its reason', () => {
  const text = 'The drainage of the marsh and the pumps. A pump is a machine. Ruth Ansell paid rents.';
  expect(
    reasons(found(['one two three four five six seven eight nine ten eleven twelve thirteen']), text),
  ).toEqual([expect.stringMatching(/^drop too-long/u)]);
  expect(reasons(found(['they'], ['1851'], ['—']), text)).toEqual([
    'drop generic they',
    'drop generic 1851',
    'drop generic —',
  ]);
  expect(reasons(found(['pump'], ['pumps']), text)).toEqual(['merge plural pumps']);
  expect(
    reasons(
      found(['marsh drainage', 'idea'], ['marsh economics', 'idea'], ['marsh drainage law', 'event']),
      text,
    ),
  ).toEqual(['drop not-in-document marsh economics', 'drop not-in-document marsh drainage law']);
  expect(reasons(found(['Ruth Ansell', 'person']), text, { excludePersons: true })).toEqual([
    'drop person-excluded Ruth Ansell',
  ]);
});

test('an ambiguous short name is kept', () => {
  const text = 'Ann Lisle, Peter Lisle and Lisle.';
  const names = found(['Ann Lisle', 'person'], ['Peter Lisle', 'person'], ['Lisle', 'person']);
  expect(cleanEntities(names, [text], FULL).entities).toHaveLength(3);
});

test('over the cap, half go by mentions and half to the types in turn', () => {
  const terms = Array.from({ length: 30 }, (_, i) => `word${'abcdef'[Math.floor(i / 5)]}${'klmno'[i % 5]}`);
  const text = `${terms.map((term, i) => `${term} `.repeat(40 - i)).join(' ')} Carrow Town`;
  const names = found(...terms.map((term) => [term] as const), ['Carrow Town', 'place']);
  const { entities, merges } = cleanEntities(names, [text], { ...FULL, entitiesMax: 4 });
  expect(entities.map(({ name }) => name)).toEqual([terms[0], terms[1], terms[2], 'Carrow Town']);
  expect(merges.filter(({ reason }) => reason === 'over-cap')).toHaveLength(27);
});

test('exact hygiene merges equal strings only', () => {
  const names = found(['Robot'], ['Robots'], ['Robot'], ['Never Said']);
  const { entities, merges } = cleanEntities(names, ['A robot.'], { ...FULL, hygiene: 'exact' });
  expect(entities.map(({ name }) => name)).toEqual(['Robot', 'Robots', 'Never Said']);
  expect(new Set(entities.map(({ id }) => id)).size).toBe(3);
  expect(merges).toEqual([]);
});

test('a document may have no or a thousand entities', () => {
  expect(cleanEntities([], ['text'], FULL).entities).toEqual([]);
  const many = found(...Array.from({ length: 1_000 }, (_, i) => [`name q${i}z`] as const));
  const text = many.map(({ name }) => name).join(', ');
  expect(cleanEntities(many, [text], { ...FULL, entitiesMax: 1_000 }).entities).toHaveLength(1_000);
});

test('names from the text are capitalised runs inside sentences', () => {
  const names = findNames(
    'Call me Ishmael. Then Captain Ahab of the Pequod saw Moby Dick. Whales are large. I went to New\nBedford.',
  );
  expect(names.map(({ name }) => name)).toEqual([
    'Ishmael',
    'Captain Ahab of the Pequod',
    'Moby Dick',
    'New Bedford',
  ]);
});

test('a capital that opens a sentence, a speech or a clause names nothing, and neither does a phrase in capitals', () => {
  const names = (text: string): string[] => findNames(text).map(({ name }) => name);
  expect(
    names(
      'But New Bedford beats them. Regent Street was full. He said, "Near the door." They ran—Forming a line; Many fell.\n\n' +
        'Whales came.\n- Items\n\nHe saw a Whale, no common whale.',
    ),
  ).toEqual(['New Bedford']);
  expect(
    names('SACRED TO THE MEMORY OF The late EZEKIEL HARDY, Who died, Near Japan.\n\nWe met Ishmael.'),
  ).toEqual(['Ishmael']);
  expect(
    names('Even in Broadway and Chestnut streets, on a Sunday in August, the WHO met Life of Pi.'),
  ).toEqual(['Broadway', 'Chestnut', 'WHO', 'Life of Pi']);
});
