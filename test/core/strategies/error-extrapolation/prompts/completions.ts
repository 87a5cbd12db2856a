/** Forty completions as models write them, each with the exact text or reason that it has to come to. */
import type { Reply } from '../../../../../core/calls';
import type { TaskKind, Texts, WriteData } from '../../../../../core/strategies/error-extrapolation/records';
import type { Given } from './support';
import { PLAIN } from './support';

export interface Completion {
  readonly name: string;
  readonly kind?: TaskKind;
  readonly variant?: WriteData['variant'];
  readonly data?: Partial<WriteData>;
  /** Of the row that is imitated, instead of the usual one. */
  readonly parent?: Texts;
  readonly given?: Given;
  readonly answer: string;
  /** After a first answer that had to be corrected. */
  readonly second?: string;
  readonly reply?: Partial<Reply>;
  /** The text that is kept, or `!reason`. */
  readonly expected: string;
}

const QA = 'extractive-qa' as const;
const GERMAN =
  'Das Zimmer war nicht so groß und die Luft war auch nicht gut, aber das Frühstück auf der Terrasse ist für uns mit den Kindern ein Fest.';
const ROOM = 'The room was small but quiet.';
const LONG = 'word '.repeat(60).trim();
const DATES = 'We came on 2023-10-12 with ticket 4711.';

const clean: readonly Completion[] = [
  { name: 'JSON', answer: `{"text": "${ROOM}"}`, expected: ROOM },
  { name: 'JSON in prose', answer: `Sure!\n\`\`\`json\n{"text": "${ROOM}",}\n\`\`\``, expected: ROOM },
  { name: 'JSON with another name', answer: `{"review": "${ROOM}"}`, expected: ROOM },
  { name: 'JSON after one correction', answer: ROOM, second: `{"text": "${ROOM}"}`, expected: ROOM },
  { name: 'JSON around a quoted text', answer: `{"text": "\\"${ROOM}\\""}`, expected: ROOM },
  { name: 'plain', given: PLAIN, answer: `  ${ROOM}\n`, expected: ROOM },
  { name: 'role', given: PLAIN, answer: `Assistant: ${ROOM}`, expected: ROOM },
  { name: 'bold role', given: PLAIN, answer: `**Text:** ${ROOM}`, expected: ROOM },
  { name: 'bullet', given: PLAIN, answer: `- ${ROOM}`, expected: ROOM },
  { name: 'number and quotes', given: PLAIN, answer: `1. "${ROOM}"`, expected: ROOM },
  { name: 'curly quotes', given: PLAIN, answer: `“${ROOM}”`, expected: ROOM },
  { name: 'quote never closed', given: PLAIN, answer: `"${ROOM}`, expected: ROOM },
  { name: 'the marks of data', given: PLAIN, answer: `<<<${ROOM}>>>`, expected: ROOM },
  {
    name: 'quotes that belong',
    given: PLAIN,
    answer: '"Small" it was, and "quiet"',
    expected: '"Small" it was, and "quiet"',
  },
  {
    name: 'apostrophes',
    given: PLAIN,
    answer: "'It's the staff's best trick'",
    expected: "It's the staff's best trick",
  },
  { name: 'lead-in', given: PLAIN, answer: `Sure, here is a negative text:\n\n${ROOM}`, expected: ROOM },
  { name: 'thoughts', given: PLAIN, answer: `<think>They want noise.</think>\n${ROOM}`, expected: ROOM },
  {
    name: 'repeated prompt',
    given: PLAIN,
    answer: `Write one text that is negative: noise at night. Build on: Thin walls; a bar below. About 30 words. ${ROOM}`,
    expected: ROOM,
  },
  {
    name: 'raw keeps quotes',
    given: { params: { outputMode: 'plain', parser: 'raw' } },
    answer: ` "${ROOM}" `,
    expected: `"${ROOM}"`,
  },
  {
    name: 'pair: first sentence',
    kind: 'pair',
    answer: '{"text": "It opened in 1889. This follows from the context."}',
    expected: 'It opened in 1889.',
  },
  {
    name: 'pair: quoted, then explained',
    kind: 'pair',
    given: PLAIN,
    answer: 'Target: "Paris has a tower." It follows.',
    expected: 'Paris has a tower.',
  },
  {
    name: 'question: up to its mark',
    kind: QA,
    answer: '{"text": "When did the tower open? Answer: then"}',
    expected: 'When did the tower open?',
  },
  {
    name: 'question: Q and A',
    kind: QA,
    given: PLAIN,
    answer: 'Q: In which year did it open?\nA: 1889',
    expected: 'In which year did it open?',
  },
  {
    name: 'Arabic question',
    kind: QA,
    given: { ...PLAIN, task: { language: 'ar' } },
    answer: 'متى افتتح البرج؟ عام',
    expected: 'متى افتتح البرج؟',
  },
];

const refused: readonly Completion[] = [
  { name: 'filtered', answer: '', reply: { finish: 'content-filter' }, expected: '!content-filtered' },
  { name: 'quotes around nothing', given: PLAIN, answer: 'Text: ""', expected: '!empty' },
  { name: 'cut off', answer: '{"text": "The room was', reply: { finish: 'length' }, expected: '!truncated' },
  { name: 'prose twice', answer: ROOM, second: `Again: ${ROOM}`, expected: '!unparsable' },
  {
    name: 'refusal',
    answer: '{"text": "I’m sorry, but as an AI language model, I cannot write this."}',
    expected: '!refusal',
  },
  {
    name: 'prompt repeated inside',
    given: PLAIN,
    answer: `${ROOM} Tell what a guest of a hotel thinks of the stay.`,
    expected: '!prompt-leak',
  },
  { name: 'no question', kind: QA, answer: '{"text": "It opened that year."}', expected: '!form' },
  { name: 'too long', answer: JSON.stringify({ text: LONG }), expected: '!length' },
  { name: 'German', answer: JSON.stringify({ text: GERMAN }), expected: '!wrong-language' },
  {
    name: 'answer in the question',
    kind: QA,
    answer: '{"text": "What opened in the year 1889?"}',
    expected: '!answer-shown',
  },
  {
    name: 'answer nowhere',
    kind: QA,
    data: { answer: { text: 'Berlin', start: 3 } },
    answer: '{"text": "Where does it stand?"}',
    expected: '!answer-missing',
  },
  {
    name: 'copy',
    variant: 'near',
    answer: '{"text": "Shame about the room, lovely soap!"}',
    expected: '!source-copy',
  },
  {
    name: 'number of the source',
    variant: 'near',
    parent: { text: 'Ring the desk at 030 555 12 34, they never answer.' },
    answer: '{"text": "Nobody ever picks up under 0305551234."}',
    expected: '!personal-data',
  },
  {
    name: 'contrast may copy',
    variant: 'contrast',
    answer: '{"text": "Lovely soap, praise about the room."}',
    expected: 'Lovely soap, praise about the room.',
  },
  {
    name: 'contrast that changes nothing',
    variant: 'contrast',
    answer: '{"text": "Lovely soap; shame about the room!"}',
    expected: '!source-copy',
  },
  {
    name: 'dates are nobody’s',
    variant: 'near',
    parent: { text: DATES },
    answer: '{"text": "On 2023-10-12 the lift broke again."}',
    expected: 'On 2023-10-12 the lift broke again.',
  },
];

export const COMPLETIONS: readonly Completion[] = [...clean, ...refused];
