/** If these fail, good answers are thrown away, or what a model says beside its answer becomes training data. */
import type { Reply } from '../../../../../core/calls';
import { copiedPersonalData } from '../../../../../core/strategies/error-extrapolation/copied-personal-data';
import { otherLanguage } from '../../../../../core/strategies/error-extrapolation/other-language';
import { parseWritten } from '../../../../../core/strategies/error-extrapolation/parse-written';
import { parseReasons, reasonsStep } from '../../../../../core/strategies/error-extrapolation/reasons-call';
import { describeStep } from '../../../../../core/strategies/error-extrapolation/describe-call';
import { writeStep } from '../../../../../core/strategies/error-extrapolation/write-step';
import type { Written } from '../../../../../core/strategies/error-extrapolation/write-step';
import { COMPLETIONS } from './completions';
import type { Completion } from './completions';
import { contextOf, dataOf, PARENTS, PLAIN, reply, sourcesOf } from './support';

function stepOf({
  kind = 'text',
  variant = 'seed',
  data,
  parent,
  given,
  answer,
  second,
  reply: extra,
}: Completion): Written {
  const replies: Reply[] = [reply(answer, extra), ...(second === undefined ? [] : [reply(second)])];
  const sources = sourcesOf(kind, variant);
  const shown = parent === undefined ? sources : { ...sources, parent };
  return writeStep(contextOf({ kind, ...given }), dataOf(kind, variant, data), shown, replies);
}
function resultOf(completion: Completion): string {
  const step = stepOf(completion);
  if ('call' in step) return 'another call';
  if ('reason' in step) return `!${step.reason}`;
  return step.texts.text ?? step.texts.target ?? step.texts.question ?? '';
}

test.each(COMPLETIONS.map((completion): [string, Completion] => [completion.name, completion]))(
  '%s',
  (_, completion) => {
    expect(resultOf(completion)).toBe(completion.expected);
  },
);

test('there are forty of them, and each reason of a single row stands among them', () => {
  const reasons = COMPLETIONS.flatMap(({ expected }) =>
    expected.startsWith('!') ? [expected.slice(1)] : [],
  );
  expect(COMPLETIONS).toHaveLength(40);
  expect([...new Set(reasons)]).toEqual([
    'content-filtered',
    'empty',
    'truncated',
    'unparsable',
    'refusal',
    'prompt-leak',
    'form',
    'length',
    'wrong-language',
    'answer-shown',
    'answer-missing',
    'source-copy',
    'personal-data',
  ]);
});

test('rejections say what is wrong', () => {
  const details = COMPLETIONS.map(stepOf).flatMap((step) => ('reason' in step ? [step.detail ?? ''] : []));
  expect(details.every((detail) => detail.length > 0 && detail.length <= 300)).toBe(true);
  expect(details).toContain('60 words; gold has 2 to 40');
  expect(details).toContain('number copied from the source');
});

test('with filters off only filtered and empty answers are rejected', () => {
  const off = COMPLETIONS.filter(
    ({ expected, answer }) => expected.startsWith('!') && !answer.startsWith('The'),
  ).map((completion) => ({
    ...completion,
    given: { ...completion.given, params: { ...completion.given?.params, filters: 'off' } },
  }));
  const reasons = off.map(resultOf).filter((result) => result.startsWith('!'));
  expect(reasons).toEqual(['!content-filtered', '!empty']);
});

test('a fault that stands first in the order names the reason', () => {
  const both = {
    name: '',
    answer: '{"text": "I’m sorry, I cannot help with that."}',
    given: { lengths: { min: 20, max: 30 } },
    expected: '',
  };
  expect(resultOf(both)).toBe('!refusal');
  expect(resultOf({ ...both, reply: { finish: 'length' } })).toBe('!truncated');
  expect(resultOf({ ...both, reply: { finish: 'content-filter' } })).toBe('!content-filtered');
});

test('a refusal is called one, also where it is not JSON or the provider says so', () => {
  const no = 'I’m sorry, but I can’t help with that.';
  expect(resultOf({ name: '', answer: no, expected: '' })).toBe('another call');
  expect(resultOf({ name: '', answer: no, second: no, expected: '' })).toBe('!refusal');
  expect(resultOf({ name: '', answer: '', reply: { refused: true }, expected: '' })).toBe('!refusal');
});

test('an answer that cannot be read is corrected once, in the words of its fault', () => {
  const step = stepOf({ name: '', answer: 'The room.', expected: '' });
  const call = 'call' in step ? step.call : undefined;
  expect(call?.redraw).toBe(1);
  expect(call?.request).toMatchObject({
    messages: [{}, {}, { role: 'assistant', content: 'The room.' }, { role: 'user' }],
  });
});

test('a contrast question gets the answer that was wrong before', () => {
  const context = contextOf({ kind: 'extractive-qa', ...PLAIN });
  const parse = (predicted: string) =>
    parseWritten(
      context,
      dataOf('extractive-qa', 'contrast', { predicted }),
      sourcesOf('extractive-qa', 'contrast'),
      'Where is it?',
    );
  expect(parse('Paris')).toMatchObject({
    texts: { question: 'Where is it?', answers: [{ text: 'Paris', start: 30 }] },
  });
  expect(parse('Rome')).toMatchObject({ reason: 'answer-missing' });
});

test('short texts and near relatives are in no other language', () => {
  const german =
    'Die Straße ist nicht weit und das Haus ist für die Kinder von der Schule mit dem Bus auch nah.';
  const english =
    'This is the house that was near the school and it was not far from the bus for the children.';
  expect(otherLanguage(german, 'en')).toBe('de');
  expect(otherLanguage(german, 'deu')).toBeUndefined();
  expect(otherLanguage(german, 'lb')).toBeUndefined();
  expect(otherLanguage(english, 'pl')).toBe('en');
  expect(otherLanguage('Это дом, который стоял у школы.', 'uk')).toBeUndefined();
  expect(otherLanguage(english, 'ru')).toBe('en');
});

test('marks of persons are found however they are written again', () => {
  const source =
    'Mail Ann.Lee@example.org, see https://example.org/a?b=1. Call +44 (20) 7946-0958 by 12.10.2023; ٠١٢٣٤٥٦٧';
  const copied = (text: string) => copiedPersonalData(text, [source]);
  expect(copied('to ann.lee@example.org!')).toBe('e-mail address');
  expect(copied('on (https://example.org/a?b=1)')).toBe('URL');
  expect(copied('44 20 7946 0958')).toBe('number');
  expect(copied('٠١٢٣ ٤٥٦٧')).toBe('number');
  expect(copied('12.10.2023, bob@example.org, 44 20 7946 0959')).toBeUndefined();
  expect(copied('x'.repeat(200_000))).toBeUndefined();
});

test('reasons are read from JSON and from lines, each once', () => {
  expect(parseReasons('{"reasons": ["Thin walls.", "thin walls", "2) A bar below"]}')).toEqual([
    'thin walls',
    'A bar below',
  ]);
  expect(
    parseReasons('Here are the reasons:\n\n1. Thin walls\n2. "A bar below"\n- **Heat**: no air'),
  ).toEqual(['Thin walls', 'A bar below', 'Heat: no air']);
  expect(parseReasons('[]')).toEqual([]);
  expect(parseReasons(`- ${'x'.repeat(301)}`)).toEqual([]);
});

test('a batch of reasons ends with reasons or with a reason', () => {
  const asked = { label: 'neg', n: 2, angle: 'people' };
  const step = (...replies: Reply[]) => reasonsStep(contextOf(), asked, replies);
  expect(step()).toHaveProperty('call');
  expect(step(reply('none'))).toHaveProperty('call');
  expect(step(reply('{"reasons": ["a", "b", "c"]}'))).toEqual({ reasons: ['a', 'b'] });
  expect(step(reply('none'), reply('- a\n- b'))).toEqual({ reasons: ['a', 'b'] });
  expect(step(reply(''), reply(''))).toMatchObject({ reason: 'empty' });
  expect(step(reply('', { finish: 'content-filter' }))).toMatchObject({ reason: 'content-filtered' });
  expect(step(reply('I cannot help with that.'))).toMatchObject({ reason: 'refusal' });
});

test('a description has a name, a pattern and up to three things to vary', () => {
  const errors = [{ ...PARENTS.text, label: 'neg', predicted: 'pos' }];
  const step = (...replies: Reply[]) => describeStep(contextOf(), errors, replies);
  const good = { name: 'praise', pattern: 'Praise first.', vary: ['thing', 'tone', 'place', 'time'] };
  expect(step(reply(JSON.stringify(good)))).toEqual({
    pattern: { ...good, vary: ['thing', 'tone', 'place'] },
  });
  expect(step(reply('?'), reply('{"name": "x"}'))).toMatchObject({ reason: 'unparsable' });
  expect(step(reply('', { finish: 'content-filter' }))).toMatchObject({ reason: 'content-filtered' });
});
