/** If these fail, a person retries other rows than they meant, or is told nothing of what happens next. */
import { TENANT } from '../../api/context';
import { changeState } from '../../infra/database/jobs';
import { addRows, type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let id: string;
beforeEach(async () => {
  fixture = await openFixture();
  id = await postJob(fixture);
  await addRows(fixture.db, id);
  await changeState(fixture.db, TENANT, id, { state: 'running' });
});
afterEach(() => fixture.close());

const retry = async (payload: object = {}) =>
  (await fixture.app.inject({ method: 'POST', url: `/v1/jobs/${id}/rows/retry`, payload })).json<object>();
const get = async (path: string) =>
  (await fixture.app.inject({ url: `/v1/jobs/${id}${path}` })).json<object>();

it('opens failed rows unless told otherwise, and every reader forgets the old outcome', async () => {
  expect(await get('')).toMatchObject({ stages: [{ reasons: { length: 1, timeout: 1 } }] });
  expect(await retry()).toMatchObject({
    retried: 1,
    stages: [{ stage: 'write', plan: 0, rows: 1 }],
    message: '1 row is open again; the job takes them up by itself.',
  });
  expect(await get('')).toMatchObject({
    rows: { planned: 4, accepted: 1, rejected: 1, failed: 0, open: 2 },
  });
  expect(await get('/rows?outcome=failed')).toEqual({ rows: [] });
  expect(await retry()).toMatchObject({ retried: 0, message: expect.stringContaining('no failed row fits') });
});

it('takes rejected rows by reason and key, and says when the job must be resumed', async () => {
  await changeState(fixture.db, TENANT, id, { state: 'failed', problem: 'x' });
  expect(await retry({ outcome: 'rejected', reason: 'length', rows: ['row-1', 'row-1'] })).toMatchObject({
    retried: 1,
    state: 'failed',
    message: expect.stringContaining(`POST /v1/jobs/${id}/resume`),
  });
});

it.each([
  [{ rows: ['row-0'] }, 'params-invalid', '"row-0", which is accepted'],
  [{ rows: ['row-9'] }, 'params-invalid', '"row-9", which has not ended'],
  [{ outcome: 'accepted' }, 'params-invalid', 'outcome'],
  [{ rows: [] }, 'params-invalid', 'at least 1'],
  [{ reasons: 'x' }, 'params-invalid', 'Did you mean "reason"'],
])('refuses %j', async (body, code, detail) => {
  expect(await retry(body)).toMatchObject({ code, detail: expect.stringContaining(detail) });
});

it('refuses what the dataset was made of, and advises to fork', async () => {
  await changeState(fixture.db, TENANT, id, { state: 'succeeded' });
  expect(await retry()).toMatchObject({
    status: 409,
    code: 'conflict',
    detail: expect.stringContaining(`/v1/jobs/${id}/fork`),
  });
});
