/** If these fail, a person believes that two datasets are equal, or takes the wrong one. */
import { TENANT } from '../../../api/context';
import { compareJobs } from '../../../api/cli/compare-jobs';
import { runProgram } from '../../../api/cli/program';
import { packJson } from '../../../infra/database/compressed';
import { insertStage } from '../../../infra/database/stages';
import { type Fixture, openFixture, postJob } from '../fixture';
import { fakeTerminal, type FakeTerminal } from './fake-terminal';

let fixture: Fixture;
let terminal: FakeTerminal;
beforeEach(async () => {
  fixture = await openFixture();
  terminal = fakeTerminal(await fixture.app.listen({ host: '127.0.0.1', port: 0 }));
});
afterEach(() => fixture.close());

/** A job with these accepted rows of the dataset stage, in this order. */
async function jobWith(records: Readonly<Record<string, unknown>>): Promise<string> {
  const job = await postJob(fixture);
  const key = { tenant: TENANT, job, stage: 'write', plan: 0 };
  const entries = Object.entries(records);
  await insertStage(fixture.db, key, { kind: 'rows', version: '1', planned: entries.length });
  const row = (position: number, row_key: string, record: unknown) => ({
    ...key,
    ...{ position, row_key, version: 0, state: 'accepted' as const, reason: null, detail: null },
    ...{ record: packJson(record), record_tokens: 0, call_keys: '', calls: 1 },
    ...{ input_tokens: 0, output_tokens: 0, cost_usd: 0, at: 0 },
  });
  const values = entries.map(([name, record], position) => row(position, name, record));
  for (let at = 0; at < values.length; at += 500)
    await fixture.db
      .insertInto('outcome')
      .values(values.slice(at, at + 500))
      .execute();
  await fixture.db.updateTable('stage').set({ accepted: values.length }).where('job', '=', job).execute();
  return job;
}
const diff = async (...argv: string[]) => {
  await runProgram(terminal, ['diff', ...argv]);
  return terminal.lines.splice(0);
};

it('counts what is the same, changed, added and removed, wherever the rows stand, and shows some', async () => {
  const start = 'x'.repeat(200);
  const before = await jobWith({ a: { text: 'one' }, b: { text: `${start} old` }, gone: { text: 'old' } });
  const after = await jobWith({ fresh: { text: 'new' }, b: { text: `${start} new` }, a: { text: 'one' } });
  const lines = await diff(before, after);
  expect(terminal.code).toBe(1);
  expect(lines).toContain('records: 1 same, 1 changed, 1 added, 1 removed');
  expect(lines).toContain(`  ${before} is not finished: its records so far are compared.`);
  expect(lines.slice(lines.indexOf('changed b'))).toEqual([
    'changed b',
    expect.stringMatching(/^ {2}- …x+ old"}$/),
    expect.stringMatching(/^ {2}\+ …x+ new"}$/),
    'added fresh',
    '  + {"text":"new"}',
    'removed gone',
    '  - {"text":"old"}',
  ]);
  expect(lines).toContain('  before: 3 planned = 3 accepted + 0 rejected + 0 failed + 0 open');
});

it('ends with code 0 where nothing differs, and speaks JSON', async () => {
  const [before, after] = [await jobWith({ a: 1, b: null }), await jobWith({ b: null, a: 1 })];
  const [line] = await diff(before, after, '--json');
  expect(terminal.code).toBe(0);
  expect(JSON.parse(line!)).toMatchObject({
    before: { id: before, stages: [{ stage: 'write', accepted: 2 }] },
    records: { same: 2, changed: 0, added: 0, removed: 0 },
    examples: { changed: [], added: [], removed: [] },
  });
});

it('reads more rows than a page holds, shows a few examples, and refuses more than it can hold', async () => {
  const many = (n: number, text: string) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`row-${i}`, { text }]));
  const [before, after] = [await jobWith(many(2_100, 'a')), await jobWith(many(2_000, 'b'))];
  const lines = await diff(before, after);
  expect(lines).toContain('records: 0 same, 2000 changed, 0 added, 100 removed');
  expect(lines.filter((line) => line.startsWith('changed'))).toHaveLength(5);
  const client = terminal.client();
  const [a, b] = await Promise.all([client.job(before), client.job(after)]);
  await expect(compareJobs(client, a, b, 2_000)).rejects.toMatchObject({ code: 'too-large' });
});

it('names a job that does not exist', async () => {
  await diff('echo-rows-none', await jobWith({}));
  expect([terminal.code, terminal.notes.at(-1)]).toEqual([2, expect.stringContaining('job-not-found')]);
});
