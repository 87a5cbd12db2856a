import { TENANT } from '../../api/context';
import { createSweeper } from '../../api/sweeper';
import { readChoices, readControl } from '../../infra/database/control';
import { changeState, readJob } from '../../infra/database/jobs';
import { type Fixture, openFixture, postJob } from './fixture';

let fixture: Fixture;
let id: string;
beforeEach(async () => {
  fixture = await openFixture();
  id = await postJob(fixture);
  fixture.workflows.asked.length = 0;
});
afterEach(() => fixture.close());

const act = (verb: string, payload: object = {}) =>
  fixture.app.inject({ method: 'POST', url: `/v1/jobs/${id}/${verb}`, payload });
const state = (change: Parameters<typeof changeState>[3]) => changeState(fixture.db, TENANT, id, change);
const job = () => readJob(fixture.db, TENANT, id);
const control = () => readControl(fixture.db, TENANT, id);
const block = { code: 'too-many-bad-rows', message: 'bad', samples: ['x'], choices: ['retry', 'accept'] };

describe('pause', () => {
  it('stores the wish, then tells the workflow', async () => {
    await state({ state: 'running' });
    expect((await act('pause')).statusCode).toBe(200);
    expect(await control()).toMatchObject({ paused: 1 });
    expect(fixture.workflows.asked).toEqual([`pause ${id}`]);
  });

  it('holds even while no worker or no Temporal answers', async () => {
    await state({ state: 'running' });
    fixture.workflows.delivery = 'pending';
    expect((await act('pause')).statusCode).toBe(202);
    fixture.workflows.away = true;
    expect((await act('pause')).statusCode).toBe(202);
    expect(await control()).toMatchObject({ paused: 1 });
  });
});

describe('resume', () => {
  it('stores a choice before the story hears of it, and the raised budget', async () => {
    await state({ state: 'blocked', stage: 'write', block });
    const answer = await act('resume', { choice: 'accept', budget: { calls: 9 } });
    expect(answer.statusCode).toBe(200);
    expect(await readChoices(fixture.db, TENANT, id, 'write')).toEqual({ 'too-many-bad-rows': 'accept' });
    expect(fixture.workflows.asked).toEqual([`resume ${id} accept`]);
  });

  it('refuses a choice that nobody offered', async () => {
    await state({ state: 'blocked', stage: 'write', block });
    expect((await act('resume', { choice: 'ignore' })).json()).toMatchObject({
      status: 422,
      code: 'choice-unknown',
      detail: expect.stringContaining('retry, accept'),
    });
    await state({ state: 'running' });
    expect((await act('resume', { choice: 'accept' })).json()).toMatchObject({ code: 'choice-unknown' });
    expect((await act('resume', { models: {} })).json()).toMatchObject({
      code: 'params-invalid',
      at: 'models',
    });
    expect(fixture.workflows.asked).toEqual([]);
  });

  it('does nothing to a running job, and takes back a wish to pause', async () => {
    await state({ state: 'running' });
    expect((await act('resume')).json()).toMatchObject({ message: expect.stringContaining('already') });
    expect(fixture.workflows.asked).toEqual([`describe ${id}`]);
    await act('pause');
    expect((await act('resume')).statusCode).toBe(200);
    expect(await control()).toMatchObject({ paused: 0 });
  });

  it('starts a failed job again, and leaves it failed while Temporal is away', async () => {
    await state({ state: 'failed', problem: 'terminated: x' });
    fixture.workflows.away = true;
    expect((await act('resume')).json()).toMatchObject({ status: 503, code: 'temporal-unavailable' });
    expect(await job()).toMatchObject({ state: 'failed', problem: 'terminated: x' });
    fixture.workflows.away = false;
    fixture.workflows.resumed = 'pending';
    expect((await act('resume')).statusCode).toBe(202);
    expect(await job()).toMatchObject({ state: 'queued', problem: null });
  });

  it('starts a new run at once where the running one was terminated and nobody has noticed yet', async () => {
    await state({ state: 'running' });
    fixture.workflows.views.set(id, { status: 'terminated', taskAttempt: 0 });
    expect((await act('resume')).json()).toMatchObject({ message: 'the job goes on.' });
    expect(fixture.workflows.asked).toEqual([`describe ${id}`, `resume ${id}`]);
  });

  it('refuses a job that has succeeded', async () => {
    await state({ state: 'succeeded' });
    expect((await act('resume')).json()).toMatchObject({ status: 409, code: 'conflict' });
  });
});

describe('cancel and fail', () => {
  it('asks the workflow to end, and ends the job itself when there is none', async () => {
    await state({ state: 'running' });
    expect((await act('cancel')).statusCode).toBe(202);
    expect(await control()).toMatchObject({ ending: 1 });
    fixture.workflows.delivery = 'gone';
    expect((await act('cancel')).statusCode).toBe(200);
    expect(await job()).toMatchObject({ state: 'cancelled' });
    expect((await act('cancel')).statusCode).toBe(200);
    expect((await act('pause')).json()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('resume'),
    });
  });

  it('gives up a blocked job, not one that waits to start', async () => {
    expect((await act('fail')).json()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('cancel'),
    });
    await state({ state: 'blocked', block });
    expect((await act('fail')).statusCode).toBe(200);
    expect(fixture.workflows.asked).toEqual([`fail ${id}`]);
  });
});

describe('the sweeper', () => {
  const sweep = async (settledMs = 0): Promise<void> => {
    const sweeper = createSweeper(fixture.context, { intervalMs: 60_000, settledMs });
    await sweeper.sweep().finally(() => sweeper.stop());
  };

  it('starts jobs whose start was lost', async () => {
    fixture.workflows.away = true;
    id = await postJob(fixture, { seed: 2 });
    await expect(sweep()).rejects.toMatchObject({ code: 'temporal-unavailable' });
    fixture.workflows.away = false;
    await sweep();
    expect(fixture.workflows.asked).toContain(`start ${id}`);
    expect(await job()).toMatchObject({ started: 1 });
  });

  it('cancels a job that was to end before it started', async () => {
    fixture.workflows.away = true;
    id = await postJob(fixture, { seed: 2 });
    await fixture.db.updateTable('control').set({ ending: 1 }).where('job', '=', id).execute();
    fixture.workflows.away = false;
    await sweep();
    expect(await job()).toMatchObject({ state: 'cancelled' });
  });

  it('shows a workflow that was terminated behind the job’s back as failed', async () => {
    await state({ state: 'running' });
    fixture.workflows.views.set(id, { status: 'terminated', taskAttempt: 0 });
    await sweep(60_000);
    expect(await job()).toMatchObject({ state: 'running' });
    await sweep();
    expect(await job()).toMatchObject({
      state: 'failed',
      problem: expect.stringMatching(/^terminated: .*resume/),
    });
  });

  it('starts the new run of a job that was resumed while its old run was closing', async () => {
    await state({ state: 'cancelled' });
    await state({ state: 'queued' });
    await fixture.context.db.updateTable('job').set({ started: 1 }).where('id', '=', id).execute();
    fixture.workflows.views.set(id, { status: 'cancelled', taskAttempt: 0 });
    await sweep();
    expect(fixture.workflows.asked).toContain(`resume ${id}`);
    expect(await job()).toMatchObject({ state: 'queued' });
  });

  it('notes a workflow whose code fails, and takes the note back', async () => {
    await state({ state: 'running' });
    fixture.workflows.views.set(id, { status: 'running', taskAttempt: 9 });
    await sweep();
    expect(await job()).toMatchObject({
      state: 'running',
      problem: expect.stringContaining('workflow-task-failing'),
    });
    fixture.workflows.views.set(id, { status: 'running', taskAttempt: 1 });
    await sweep();
    expect(await job()).toMatchObject({ problem: null });
  });

  it('never sweeps twice at once', async () => {
    const sweeper = createSweeper(fixture.context, { intervalMs: 60_000 });
    const [first, second] = [sweeper.sweep(), sweeper.sweep()];
    expect(first).toBe(second);
    await first;
    expect(fixture.workflows.asked).toEqual([`describe ${id}`]);
    await sweeper.stop();
  });
});
