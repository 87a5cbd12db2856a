/** If these fail, the demo tests its students on mails that it has shown them, or shows what nobody wants to read. */
import { chooseMails, type PackedMail, shortText } from '../../../../api/cli/demo/mails';

/** One of many letters that share no six words in a row. */
const bodyOf = (index: number): string =>
  Array.from(
    { length: 12 },
    (_, at) =>
      `word${String.fromCharCode(97 + (at % 26))} letter${'abcdefghij'[index % 10]}${'abcdefghij'[Math.floor(index / 10) % 10]}${'abc'[Math.floor(index / 100)]}`,
  ).join(' ');
const BODY = 'This is the body of the mail and it has quite a few words in it, more than enough.';

function packed(
  count: number,
  of: (index: number) => Partial<Record<'sender' | 'subject' | 'body', string>>,
) {
  return Array.from({ length: count }, (_, index): PackedMail => {
    const { sender = `p${index}@x.org`, subject = `subject ${index}`, body = bodyOf(index) } = of(index);
    const group = index % 2 === 0 ? 'spam-1' : 'easy-ham-1';
    return { id: String(index), group, text: `From: ${sender}\nSubject: ${subject}\n\n${body}` };
  });
}

it('gives as many of each label as asked for, the same ones every time', () => {
  const mails = packed(80, () => ({}));
  const chosen = chooseMails(mails, { gold: 10, test: 20 });
  const count = (rows: typeof chosen.gold, label: string) => rows.filter((row) => row.label === label).length;
  expect([count(chosen.gold, 'spam'), count(chosen.gold, 'ham')]).toEqual([10, 10]);
  expect([count(chosen.test, 'spam'), count(chosen.test, 'ham')]).toEqual([20, 20]);
  expect(chooseMails([...mails].reverse(), { gold: 10, test: 20 })).toEqual(chosen);
});

it('keeps threads and senders on one side', () => {
  const mails = packed(200, (index) => ({
    sender: `p${index % 40}@x.org`,
    subject: `${index % 3 === 0 ? 'Re: ' : ''}subject ${index % 50}`,
  }));
  const { gold, test } = chooseMails(mails, { gold: 8, test: 16 });
  const groups = new Set(gold.map(({ group }) => group));
  expect(gold.length).toBeGreaterThan(0);
  expect(test.length).toBeGreaterThan(0);
  expect(test.filter(({ group }) => groups.has(group))).toEqual([]);
  const firsts = [...gold, ...test].map(({ text }) => text.split('.')[0]);
  expect(new Set(firsts).size).toBe(firsts.length);
});

it('takes one mail of a form letter', () => {
  const { gold, test } = chooseMails(
    packed(80, () => ({ body: BODY })),
    { gold: 10, test: 20 },
  );
  expect(gold).toHaveLength(1);
  expect(test).toEqual([]);
});

it('takes short English prose that can be shown', () => {
  expect(shortText('A subject', BODY)).toBe(`A subject. ${BODY}`);
  expect(shortText('A subject', 'Too short.')).toBeUndefined();
  expect(shortText('A subject', `Free porn. ${BODY}`)).toBeUndefined();
  expect(shortText('A subject', '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19')).toBeUndefined();
  const german =
    'Das ist ein Brief, der nicht auf Englisch ist, und er wird mit den anderen aus dem Netz genommen.';
  expect(shortText('', german)).toBeUndefined();
});

it('ends a long mail with a sentence where one ends in time', () => {
  const long = `${'word '.repeat(40)}end. ${'more '.repeat(100)}`;
  const text = shortText('Subject', long)!;
  expect(text.endsWith('end.')).toBe(true);
  expect(shortText('Subject', 'word '.repeat(200))!.split(' ')).toHaveLength(60);
});
