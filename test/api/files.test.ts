/** If these fail, a user cannot bring data, or a broken file is noticed only after money was spent. */
import { parquetOf } from '../support/parquet-of';
import { type Fixture, JOB, openFixture } from './fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

const upload = (name: string, payload: string | Buffer, type = 'application/octet-stream') =>
  fixture.app.inject({
    method: 'POST',
    url: `/v1/files?name=${encodeURIComponent(name)}`,
    payload,
    headers: { 'content-type': type },
  });

it.each(['application/octet-stream', 'application/json', 'text/plain'])(
  'takes bytes sent as %s',
  async (type) => {
    const answer = await upload('rows.jsonl', '{"text":"a"}\n', type);
    expect(answer.statusCode).toBe(201);
    const file = answer.json<{ id: string; ref: string }>();
    expect(file).toMatchObject({ ref: `file:${file.id}`, name: 'rows.jsonl', bytes: 13 });
    const again = await fixture.app.inject({ method: 'GET', url: `/v1/files/${file.id}` });
    expect(again.json()).toEqual(file);
  },
);

it('takes a form with one file, and drops folders from its name', async () => {
  const payload = [
    '--x',
    'content-disposition: form-data; name="file"; filename="C:\\data\\rows.csv"',
    'content-type: text/csv',
    '',
    'text',
    'a',
    '--x--',
    '',
  ].join('\r\n');
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/files', payload, headers });
  expect(answer.json()).toMatchObject({ name: 'rows.csv', bytes: 7 });
});

it.each([
  ['rows.xlsx', 'x', /\.jsonl, \.jsonl\.gz, \.csv, \.parquet, \.txt, \.md, got "rows\.xlsx"/],
  ['', 'x', /\?name=/],
  ['rows.jsonl', '', /an empty file/],
])('refuses %p with %p', async (name, content, message) => {
  const answer = await upload(name, content);
  expect(answer.json()).toMatchObject({
    status: 422,
    code: 'file-invalid',
    detail: expect.stringMatching(message),
  });
});

it('is read before a job is taken: line and byte of a fault are named', async () => {
  const bad = Buffer.concat([Buffer.from('{"text":"a"}\n{"text":"'), Buffer.of(0xff), Buffer.from('"}\n')]);
  const { ref } = (await upload('rows.jsonl', bad)).json<{ ref: string }>();
  const payload = { ...JOB, inputs: { rows: ref } };
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload });
  expect(answer.json()).toMatchObject({
    code: 'rows-invalid',
    at: 'rows.jsonl:2',
    detail: expect.stringContaining('byte offset 22'),
  });
});

it('is read as Parquet, row by row, where a role reads JSON lines', async () => {
  const bytes = await parquetOf([{ text: 'a' }, { text: 7 }, { text: 'c' }]);
  const { ref } = (await upload('rows.parquet', bytes)).json<{ ref: string }>();
  const payload = { ...JOB, inputs: { rows: ref } };
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload });
  expect(answer.statusCode).toBe(201);
  const { ref: bad } = (await upload('rows.parquet', 'PAR1 but no more')).json<{ ref: string }>();
  const refused = { ...JOB, inputs: { rows: bad } };
  expect(
    (await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload: refused })).json(),
  ).toMatchObject({ code: 'rows-invalid', detail: expect.stringContaining('expected a Parquet file') });
});

it('is refused where a role reads other formats', async () => {
  const { ref } = (await upload('rows.txt', 'a')).json<{ ref: string }>();
  const payload = { ...JOB, inputs: { rows: [ref] } };
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/jobs', payload });
  expect(answer.json()).toMatchObject({
    code: 'params-invalid',
    detail: expect.stringMatching(/jsonl, csv.*"rows\.txt"/),
  });
});

it('is named when it is not there', async () => {
  const answer = await fixture.app.inject({ method: 'GET', url: '/v1/files/f-none' });
  expect(answer.json()).toMatchObject({ status: 404, code: 'file-not-found' });
});
