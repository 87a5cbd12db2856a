/** If these fail, rows get labels that nobody has checked, or votes are paid for that change nothing. */
import type { CallRequest, ChatCall, Reply } from '../../../../../core/calls';
import {
  judgeCall,
  judgedLabel,
  judgeStep,
} from '../../../../../core/strategies/error-extrapolation/judge-call';
import type { JudgedRow, Verdict } from '../../../../../core/strategies/error-extrapolation/judge-call';
import { asLabelAnswer } from '../../../../../core/strategies/error-extrapolation/judge-labels';
import type { Given } from './support';
import { contextOf, PARENTS, reply } from './support';

const ROW: JudgedRow = { text: 'Lovely soap, shame about the room.', label: 'neg' };
const QUESTION: JudgedRow = PARENTS['extractive-qa'];

function chat(call: CallRequest): ChatCall {
  if (call.request.kind !== 'chat') throw new TypeError('expected a chat');
  return call.request;
}
/** Answers votes until there is a verdict. */
function judge(
  row: JudgedRow,
  answers: readonly (string | Partial<Reply>)[],
  given: Given = {},
): { calls: CallRequest[]; verdict: Verdict } {
  const replies: Reply[] = [];
  const calls: CallRequest[] = [];
  for (;;) {
    const step = judgeStep(contextOf(given), row, replies);
    if ('verdict' in step) return { calls, verdict: step.verdict };
    const answer = answers[calls.length];
    calls.push(step.call);
    if (answer === undefined) throw new Error(`vote ${calls.length} was not expected`);
    replies.push(typeof answer === 'string' ? reply(answer) : reply('', answer));
  }
}
const vote = (label: string) => JSON.stringify({ label });
const answers = (...texts: string[]) => texts.map((answer) => JSON.stringify({ answer }));
const QA: Given = { kind: 'extractive-qa' };

test('voting stops at a majority', () => {
  const two = judge(ROW, [vote('neg'), vote('neg')]);
  expect(two.verdict).toEqual({ kind: 'llm', votes: { neg: 2 }, agreed: true, majority: 'neg' });
  const three = judge(ROW, [vote('neg'), vote('pos'), vote('pos')]);
  expect(three.verdict).toMatchObject({ votes: { neg: 1, pos: 2 }, agreed: false, majority: 'pos' });
  expect(judge(ROW, [vote('neg')], { params: { judgeVotes: 1 } }).calls).toHaveLength(1);
  expect(
    judge(
      ROW,
      Array.from({ length: 3 }, () => vote('pos')),
      { params: { judgeVotes: 5 } },
    ).calls,
  ).toHaveLength(3);
});

test('labels change places from vote to vote, and a repeated request is drawn anew', () => {
  const { calls } = judge(ROW, [vote('neg'), vote('pos'), vote('neg')]);
  const orders = calls.map((call) => chat(call).messages[1]!.content.match(/^- (\w+)/gmu));
  expect(orders[1]).toEqual([...orders[0]!].reverse());
  expect(calls.map((call) => chat(call).temperature)).toEqual([0, 0, 0.7]);
  expect(calls.map((call) => chat(call).tokensMax)).toEqual([16, 16, 16]);
  expect(calls[2]!.redraw).toBe(4);
  expect(calls[0]).toEqual(judgeCall(contextOf(), ROW, 0));
  const five = { params: { judgeVotes: 5 } } as const;
  const drawn = judge(ROW, ['neg', 'pos', 'neg', 'pos', 'neg'].map(vote), five).calls.slice(2);
  expect(new Set(drawn.map(({ redraw }) => redraw)).size).toBe(3);
});

test('which label stands first is even over rows', () => {
  const first = Array.from({ length: 200 }, (_, i) => chat(judgeCall(contextOf(), { text: `Room ${i}` }, 0)));
  const neg = first.filter(({ messages }) => /Labels:\n- neg/u.test(messages[1]!.content)).length;
  expect(neg).toBeGreaterThan(70);
  expect(neg).toBeLessThan(130);
});

test('a label may be long, and 200 of them have orders enough', () => {
  const labels = Array.from({ length: 200 }, (_, i) => ({
    id: `${i}${'x'.repeat(90)}`,
    phrase: `kind ${i}`,
  }));
  const context = contextOf({ task: { labels }, params: { judgeVotes: 5 } });
  const calls = [0, 1, 2, 3, 4].map((n) => chat(judgeCall(context, ROW, n)));
  expect(calls.map(({ temperature }) => temperature)).toEqual([0, 0, 0, 0, 0]);
  expect(calls[0]!.tokensMax).toBeGreaterThan(24);
});

test('an unreadable vote is corrected once and then counts for none', () => {
  const { calls, verdict } = judge(ROW, ['?', '??', vote('neg'), vote('neg')]);
  expect(chat(calls[1]!).messages).toHaveLength(4);
  expect(verdict).toMatchObject({ votes: { neg: 2 }, agreed: true });
  const none = judge(ROW, ['?', '??', '?', '??']);
  expect(none.verdict).toEqual({ kind: 'llm', votes: {}, agreed: false, majority: '' });
});

test('a server that refuses the format costs a rung, not a vote', () => {
  const given: Given = { judge: ['chat', 'jsonSchema', 'jsonMode'] };
  const { calls, verdict } = judge(ROW, [{ finish: 'format-refused' }, vote('neg'), vote('neg')], given);
  expect(calls.map((call) => [call.role, chat(call).format?.type])).toEqual([
    ['judge', 'json-schema'],
    ['judge', 'json'],
    ['judge', 'json'],
  ]);
  expect(verdict.agreed).toBe(true);
});

test('labels are understood by id and by phrase, and never guessed', () => {
  const labels = [
    { id: '01', phrase: 'positive' },
    { id: '1', phrase: 'negative' },
  ];
  const read = (text: string) => asLabelAnswer(text, labels);
  for (const text of [
    '01',
    '"01"',
    ' Positive.',
    'Label: positive',
    '{"label": "01 (positive)"}',
    '**positive**',
    '{"answer":"POSITIVE"}',
  ])
    expect([text, read(text)]).toEqual([text, '{"label":"01"}']);
  expect(read('1')).toBe('{"label":"1"}');
  for (const text of ['positive or negative', 'neutral', '', '{"label": "x"}', '{"a": "01", "b": "1"}'])
    expect(read(text)).toBe(text);
});

test('answers agree from half their words on', () => {
  const good = judge(QUESTION, answers('in the year 1889', '1889.'), QA);
  expect(good.verdict).toEqual({
    kind: 'llm',
    votes: { 'in year 1889': 1, '1889': 1 },
    agreed: true,
    majority: 'in year 1889',
  });
  expect(good.calls.map((call) => [chat(call).temperature, chat(call).tokensMax])).toEqual([
    [0, 32],
    [0.7, 32],
  ]);
  const bad = judge(QUESTION, answers('1889', 'Paris', 'paris'), QA);
  expect(bad.verdict).toMatchObject({ agreed: false, majority: 'paris' });
  expect(judge(QUESTION, answers('', 'three floors'), QA).verdict.agreed).toBe(false);
});

test('on a boundary the majority becomes the label', () => {
  const verdict = { agreed: false, majority: 'pos' };
  expect(judgedLabel({ variant: 'boundary', label: 'neg' }, verdict)).toBe('pos');
  expect(judgedLabel({ variant: 'near', label: 'neg' }, verdict)).toBeUndefined();
  expect(judgedLabel({ variant: 'near', label: 'neg' }, { agreed: true, majority: 'neg' })).toBe('neg');
  expect(judgedLabel({ variant: 'boundary', label: 'neg' }, { agreed: false, majority: '' })).toBeUndefined();
});

test('labelled rows may be shown first', () => {
  const context = { ...contextOf(), examples: [{ text: 'Never again.', label: 'neg' }] };
  expect(chat(judgeCall(context, ROW, 0)).messages[1]!.content).toMatch(
    /^Examples:\n- <<<Never again\.>>> → neg\n\nWhich label/u,
  );
});
