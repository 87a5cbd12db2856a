/** If these fail, a job starts with a student that cannot be trained, or without the one that was meant. */
import { z } from 'zod';
import { TENANT } from '../../api/context';
import { frozenOf, readJob } from '../../infra/database/jobs';
import { toyRows, toyStudent } from '../support/toy/student-strategy';
import { type Fixture, JOB, openFixture } from './fixture';

let fixture: Fixture;
/** The task hangs on a parameter, as with strategies that know several. */
const asking = {
  ...toyStudent,
  params: z.strictObject({ kind: z.enum(['text', 'extractive-qa']).default('text') }),
  studentTask: (_role: string, params: unknown) => (params as { kind: 'text' | 'extractive-qa' }).kind,
};
beforeEach(async () => (fixture = await openFixture([asking])));
afterEach(() => fixture.close());

const body = (change: object = {}) => ({
  strategy: 'toy-student',
  inputs: { rows: toyRows(4) },
  students: { main: { name: 'linear' } },
  ...change,
});
const post = (payload: object, path = '/jobs') =>
  fixture.app.inject({ method: 'POST', url: `/v1${path}`, payload });
const frozen = async (id: string) => frozenOf(await readJob(fixture.db, TENANT, id));

it('keeps the students of a job, shows them, and hands them on to its forks', async () => {
  const answer = await post(body({ students: { main: { name: 'bert', base: 'distilbert' } } }));
  expect([answer.statusCode, answer.json()]).toMatchObject([
    201,
    { students: { main: { name: 'bert', base: 'distilbert' } } },
  ]);
  const { id } = answer.json<{ id: string }>();
  expect((await frozen(id)).students).toEqual({ main: { name: 'bert', base: 'distilbert' } });
  const same = await post({}, `/jobs/${id}/fork`);
  expect((await frozen(same.json<{ id: string }>().id)).students).toEqual((await frozen(id)).students);
  const other = await post({ students: { main: { name: 'linear' } } }, `/jobs/${id}/fork`);
  expect((await frozen(other.json<{ id: string }>().id)).students).toEqual({ main: { name: 'linear' } });
});

it.each([
  [{ students: {} }, 400, 'params-invalid', /^students\.main: expected \{"name": …\}.*linear, bert, tuned/],
  [{ students: { mian: { name: 'linear' } } }, 400, 'params-invalid', /^students\.mian: .*main/],
  [{ students: { main: { name: 'linaer' } } }, 422, 'student-unfit', /main: .*Did you mean "linear"\?/],
  [{ students: { main: { name: 'bert', base: 'gpt' } } }, 422, 'student-unfit', /one of distilbert.*"gpt"/],
  [{ students: { main: { name: 'linear', base: 'x' } } }, 422, 'student-unfit', /expected no base/],
  [{ students: { main: { name: 'linear', base: 1 } } }, 400, 'params-invalid', /students\.main\.base/],
  [
    { students: { main: { name: 'tuned' } }, params: { kind: 'extractive-qa' } },
    422,
    'student-unfit',
    /^Student "tuned" cannot do extractive-qa\..*linear, bert/,
  ],
])('refuses %j before anything is spent', async (change, status, code, detail) => {
  const answer = await post(body(change));
  expect([answer.statusCode, answer.json()]).toMatchObject([status, { code }]);
  expect(answer.json<{ detail: string }>().detail).toMatch(detail);
  expect(fixture.workflows.asked).toEqual([]);
});

it('refuses students where nothing is trained', async () => {
  const answer = await post({ ...JOB, students: { main: { name: 'linear' } } });
  expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'params-invalid' }]);
  expect(answer.json<{ detail: string }>().detail).toContain('trains no students');
});

it('lists what can be trained, without commands', async () => {
  const { students } = (await fixture.app.inject({ url: '/v1/models' })).json<{ students: object[] }>();
  expect(students).toContainEqual({
    ...{ name: 'linear', kind: 'linear', bases: [] },
    tasks: ['text', 'pair', 'extractive-qa'],
  });
  expect(students).toContainEqual({
    ...{ name: 'tuned', kind: 'openai-finetune', tasks: ['text', 'pair'], bases: ['small-1'] },
  });
  expect(JSON.stringify(students)).not.toContain('command');
});
