/** Job bodies that run as they are on the scripted model, one a kind of task. */
import type { Json } from '../../json';
import { randomFor } from '../../random';
import type { Random } from '../../random';
import {
  CUES,
  chronicle,
  contextOf,
  drawFacts,
  kindOfAnswer,
  messageWith,
  pickFrom,
  questionFor,
  statementAbout,
} from './example-world';

const EXAMPLE_SEED = 7;
const TEXT_ROWS = 200;
const PAIR_ROWS = 160;
const QA_ROWS = 160;
const ROWS_PER_CONTEXT = 2;

type Row = Readonly<Record<string, Json>>;

/** Different rows: a text drawn twice is drawn again. */
function drawn(count: number, purpose: string, draw: (index: number, random: Random) => Row): Row[] {
  const random = randomFor(EXAMPLE_SEED, purpose);
  const rows = new Map<string, Row>();
  while (rows.size < count) {
    const row = draw(rows.size, random);
    rows.set(JSON.stringify(row), row);
  }
  return [...rows.values()];
}

const MESSAGES = drawn(TEXT_ROWS, 'messages', (index, random) => {
  const label = index % 2 === 0 ? 'good' : 'bad';
  const cue = pickFrom(CUES[label === 'good' ? 'satisfied' : 'dissatisfied'] ?? [], random);
  return { text: messageWith(cue, random), label };
});

const STATEMENTS = drawn(PAIR_ROWS, 'statements', (index, random) => {
  const facts = drawFacts(randomFor(EXAMPLE_SEED, 'facts', Math.floor(index / ROWS_PER_CONTEXT)));
  const entailed = index % 2 === 0;
  return {
    context: contextOf(facts),
    target: statementAbout(facts, entailed, random),
    label: entailed ? 'yes' : 'no',
  };
});

const QUESTIONS = drawn(QA_ROWS, 'questions', (index, random) => {
  const { context, answers } = chronicle(
    randomFor(EXAMPLE_SEED, 'chronicles', Math.floor(index / ROWS_PER_CONTEXT)),
  );
  const answer = pickFrom(answers, random);
  const question = questionFor(context, kindOfAnswer(answer), random);
  return { context, question, answers: [{ text: answer, start: context.indexOf(answer) }] };
});

const SMALL = { seedPerLabel: 30, roundsMax: 1, errorsPerRoundMax: 20, errorsMin: 1 };

function jobOf(task: Row, params: Row, gold: readonly Row[]): Readonly<Record<string, Json>> {
  return {
    strategy: 'error-extrapolation',
    params: { task, ...SMALL, ...params },
    inputs: { gold },
    models: { generator: 'scripted/scripted-1' },
    students: { main: { name: 'linear' } },
  };
}

export const ERROR_EXTRAPOLATION_EXAMPLES: readonly Readonly<Record<string, Json>>[] = [
  jobOf(
    {
      kind: 'text',
      instruction: 'Tell from a customer’s message to a bicycle shop whether the customer is satisfied.',
      labels: [
        { id: 'good', phrase: 'satisfied', definition: 'What was bought does what it should.' },
        { id: 'bad', phrase: 'dissatisfied', definition: 'What was bought disappoints.' },
      ],
    },
    { reasonsPerLabel: 10, arms: ['goldgen-mix', 'gold-only'] },
    MESSAGES,
  ),
  jobOf(
    {
      kind: 'pair',
      instruction: 'Tell whether a statement follows from the context.',
      labels: [
        { id: 'yes', phrase: 'entailed', definition: 'The context says so.' },
        { id: 'no', phrase: 'not entailed', definition: 'The context says something else, or nothing.' },
      ],
    },
    { variants: { near: 1, contrast: 1 } },
    STATEMENTS,
  ),
  jobOf(
    { kind: 'extractive-qa', instruction: 'Answer a question about a building from the context.' },
    { variants: { near: 1 } },
    QUESTIONS,
  ),
];
