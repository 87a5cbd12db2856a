/** If these fail, the demo's student learns from headers, markup and quoted answers instead of from what people wrote. */
import { readMail } from '../../../../api/cli/demo/mail-text';

const mail = (headers: string, body: string): ReturnType<typeof readMail> =>
  readMail(`${headers}\n\n${body}`);

it('keeps subject, sender and what the writer wrote', () => {
  const read = mail(
    'From: "Ann B." <Ann.B@Example.org>\nSubject: [list] Re: A long\n\tsubject\nSubject: second',
    'On Monday Bob wrote:\n> the old text\nHello Bob,\nsee http://example.org/x?y=1 or ask me@example.org.\n-- \nAnn, office',
  );
  expect(read).toEqual({
    subject: 'A long subject',
    sender: 'ann.b@example.org',
    body: 'Hello Bob, see or ask',
  });
});

it('takes the plain part of a mail that has several', () => {
  const parts =
    '--b1\nContent-Type: text/html\n\n<p>marked up</p>\n--b1\nContent-Type: text/plain\n\nplain\n--b1--\n';
  expect(mail('Content-Type: multipart/alternative; boundary="b1"', parts).body).toBe('plain');
});

it('reads mark-up as a person sees it', () => {
  const html = '<style>p { color: red }</style><p>Save &amp; win</p><!-- x --><br>100&#37;&nbsp;now';
  expect(mail('Content-Type: text/html', html).body).toBe('Save & win 100% now');
});

it('decodes what is not sent as it is', () => {
  const base64 = Buffer.from('Dear friend').toString('base64');
  expect(mail('Content-Transfer-Encoding: base64', base64).body).toBe('Dear friend');
  expect(mail('Content-Transfer-Encoding: quoted-printable', 'a=3Db so=\nft').body).toBe('a=b soft');
});

it('says nothing of parts that are no text, however deep they lie', () => {
  expect(mail('Content-Type: image/png', 'AAAA').body).toBe('');
  expect(mail('Content-Type: multipart/mixed; boundary=x', 'no part at all').body).toBe('');
});

it('leaves no fence that a prompt could mistake for its own', () => {
  expect(mail('Subject: x', 'one <<<two>>> three').body).not.toMatch(/<<<|>>>/u);
});
