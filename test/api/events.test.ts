import { TENANT } from '../../api/context';
import { changeState } from '../../infra/database/jobs';
import { addRows, type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let address: string;
beforeEach(async () => {
  fixture = await openFixture();
  address = await fixture.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => fixture.close());

/** Reads a stream until its text fits, then leaves. */
async function readUntil(path: string, wanted: RegExp, headers = {}): Promise<string> {
  const leave = new AbortController();
  const answer = await fetch(`${address}${path}`, { headers, signal: leave.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (wanted.test(text)) break;
  }
  leave.abort();
  return text;
}

it('sends what happened, then what happens, with counts', async () => {
  const id = await postJob(fixture);
  await addRows(fixture.db, id);
  const reading = readUntil(`/v1/jobs/${id}/events`, /event: running/);
  await readUntil(`/v1/jobs/${id}/events`, /event: progress/);
  await changeState(fixture.db, TENANT, id, { state: 'running' });
  const text = await reading;
  expect(text).toMatch(/id: \d+\nevent: created\ndata: \{.*"strategy":"echo-rows"/);
  expect(text).toMatch(/event: progress\ndata: .*"planned":4,"accepted":1,"rejected":1,"failed":1,"open":1/);
});

it('continues after Last-Event-ID', async () => {
  const id = await postJob(fixture);
  const first = await readUntil(`/v1/jobs/${id}/events`, /event: created\ndata.*\n\n/);
  const seen = /id: (\d+)/.exec(first)![1]!;
  await changeState(fixture.db, TENANT, id, { state: 'running' });
  const text = await readUntil(`/v1/jobs/${id}/events`, /event: running/, { 'last-event-id': seen });
  expect(text).not.toContain('event: created');
});

it('ends when the API stops, and refuses an unknown job', async () => {
  expect((await fetch(`${address}/v1/jobs/nope/events`)).status).toBe(404);
  const id = await postJob(fixture);
  const answer = await fetch(`${address}/v1/jobs/${id}/events`);
  await fixture.app.close();
  await expect(answer.text().catch(() => 'cut')).resolves.toBeDefined();
});
