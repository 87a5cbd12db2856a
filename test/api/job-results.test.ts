/** If these fail, a user cannot get what a job made. */
import { Readable } from 'node:stream';
import { TENANT } from '../../api/context';
import { packJson } from '../../infra/database/compressed';
import { recordArtifact } from '../../infra/database/files';
import { addRows, type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let id: string;
beforeEach(async () => {
  fixture = await openFixture();
  id = await postJob(fixture);
  await addRows(fixture.db, id);
});
afterEach(() => fixture.close());

const get = (path: string, headers = {}) =>
  fixture.app.inject({ method: 'GET', url: `/v1/jobs/${id}${path}`, headers });

async function publish(name: string, text: string): Promise<string> {
  const { sha256, bytes } = await fixture.context.artifacts.write(Readable.from([text]));
  const artifact = { tenant: TENANT, job: id, name, sha256, bytes, index_sha256: null, items: 1, at: 0 };
  await recordArtifact(fixture.db, artifact);
  return sha256;
}

it('lists rows by outcome and reason, in pages', async () => {
  const failed = (await get('/rows?outcome=failed')).json();
  expect(failed).toMatchObject({ rows: [{ key: 'row-2', outcome: 'failed', reason: 'timeout', calls: 1 }] });
  expect((await get('/rows?reason=length')).json()).toMatchObject({ rows: [{ detail: 'too short' }] });
  const first = (await get('/rows?limit=2')).json<{ rows: object[]; next: string }>();
  const second = (await get(`/rows?limit=2&cursor=${first.next}`)).json<{ rows: object[]; next?: string }>();
  expect([first.rows.length, second.rows.length, second.next]).toEqual([2, 1, undefined]);
  expect((await get('/rows?limit=0')).json()).toMatchObject({ code: 'params-invalid', at: 'limit' });
});

it('shows what the model said of rows that are not used, when asked', async () => {
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  const said = (text: string, finish = 'stop') => packJson({ text, finish, refused: false, usage });
  const call = { tenant: TENANT, job: id, provider: 'p', model: 'm', reserved_tokens: 0, reserved_usd: 0 };
  const paid = { lease: null, request_id: null, latency_ms: 1, at: 0, cost_usd: 0 };
  const tokens = { input_tokens: 1, cached_input_tokens: 0, output_tokens: 1 };
  const answered = { ...call, ...paid, ...tokens, state: 'answered' as const };
  await fixture.db
    .insertInto('call')
    .values([
      { ...answered, key: 'k1', response: said('x'.repeat(5_000), 'length') },
      { ...answered, key: 'k2', response: said('no') },
    ])
    .execute();
  await fixture.db
    .updateTable('outcome')
    .set({ call_keys: 'k1,gone,k2' })
    .where('row_key', 'in', ['row-0', 'row-1'])
    .execute();
  expect((await get('/rows?answers=true')).json()).toMatchObject({
    rows: [
      { key: 'row-0', outcome: 'accepted' },
      {
        key: 'row-1',
        answers: [
          { text: 'x'.repeat(4_000), finish: 'length', callKey: 'k1' },
          { text: 'no', finish: 'stop', callKey: 'k2' },
        ],
      },
      { key: 'row-2', answers: [] },
    ],
  });
  expect((await get('/rows?answers=true&outcome=accepted')).body).not.toContain('answers');
  expect((await get('/rows')).body).not.toContain('answers');
  expect((await get('/rows?key=row-1')).json()).toMatchObject({ rows: [{ key: 'row-1' }] });
});

it('gives what is accepted so far while the job runs, then the published dataset', async () => {
  expect((await get('/records')).json()).toEqual({ records: [{ text: 'one' }] });
  const partial = await get('/dataset');
  expect(partial.body).toBe('{"text":"one"}\n');
  expect(partial.headers['x-perennial-dataset']).toBe('partial');
  await publish('publish/dataset.jsonl', '{"text":"published"}\n');
  const published = await get('/dataset?format=jsonl');
  expect(published.body).toBe('{"text":"published"}\n');
  expect(published.headers['content-disposition']).toContain(`${id}.jsonl`);
  expect((await get('/dataset?format=xml')).json()).toMatchObject({ code: 'params-invalid', at: 'format' });
});

it('gives Parquet once it is published, and says what works before', async () => {
  expect((await get('/dataset?format=parquet')).json()).toMatchObject({
    status: 404,
    detail: expect.stringMatching(/dataset\.parquet yet.*format=jsonl work/) as string,
  });
  await publish('publish/dataset.parquet', 'PAR1');
  const answer = await get('/dataset?format=parquet');
  expect(answer.body).toBe('PAR1');
  expect(answer.headers).toMatchObject({
    'content-type': 'application/vnd.apache.parquet',
    'content-disposition': `attachment; filename="${id}.parquet"`,
    'x-perennial-dataset': 'published',
  });
});

it('gives report and card when they are there, and says so when not', async () => {
  expect((await get('/report')).json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('queued'),
  });
  await publish('publish/report.json', '{"records":1}');
  await publish('publish/report.html', '<p>report</p>');
  await publish('publish/README.md', '# card');
  expect((await get('/report')).json()).toEqual({ records: 1 });
  const page = await get('/report', { accept: 'text/html,*/*' });
  expect(page.body).toBe('<p>report</p>');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect((await get('/report?format=json', { accept: 'text/html' })).json()).toEqual({ records: 1 });
  expect((await get('/card')).body).toBe('# card');
  expect((await get('')).json()).toMatchObject({ links: { report: `/v1/jobs/${id}/report?format=html` } });
});

it('gives any file of the job, and no other', async () => {
  const sha256 = await publish('write/pairs', 'x');
  expect((await get('/artifacts')).json()).toEqual({
    artifacts: [{ name: 'write/pairs', sha256, bytes: 1, items: 1 }],
  });
  expect((await get(`/artifacts/${sha256}`)).body).toBe('x');
  const { sha256: foreign } = await fixture.context.artifacts.write(Readable.from(['secret']));
  expect((await get(`/artifacts/${foreign}`)).statusCode).toBe(404);
  expect((await get('/artifacts/..%2F..%2Fx')).statusCode).toBe(400);
});
