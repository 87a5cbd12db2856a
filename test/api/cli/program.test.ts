/** If these fail, a user's command does something else than it says, or ends with the wrong exit code. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TENANT } from '../../../api/context';
import { runProgram } from '../../../api/cli/program';
import { readBudget, readControl } from '../../../infra/database/control';
import { recordArtifact } from '../../../infra/database/files';
import { changeState, frozenOf, listJobs, readJob } from '../../../infra/database/jobs';
import { addRows, type Fixture, JOB, openFixture, postJob } from '../fixture';
import { fakeTerminal, type FakeTerminal } from './fake-terminal';

let fixture: Fixture;
let terminal: FakeTerminal;
let folder: string;
beforeEach(async () => {
  fixture = await openFixture();
  terminal = fakeTerminal(await fixture.app.listen({ host: '127.0.0.1', port: 0 }));
  folder = await mkdtemp(join(tmpdir(), 'perennial-cli-'));
});
afterEach(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...argv: string[]) => runProgram(terminal, argv);

async function jobFile(body: object): Promise<string> {
  const file = join(folder, 'job.json');
  await writeFile(file, JSON.stringify(body));
  return file;
}

/** Ends the next job as soon as it is there. */
async function endNextJob(state: 'succeeded' | 'failed', jobs = 1): Promise<string> {
  for (;;) {
    const found = await listJobs(fixture.db, TENANT, { limit: jobs });
    const [job] = found;
    if (found.length === jobs && job?.started === 1) {
      await changeState(fixture.db, TENANT, job.id, {
        state,
        ...(state === 'failed' ? { problem: 'why' } : {}),
      });
      return job.id;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('run', () => {
  it('uploads local inputs, watches, and ends with one line and code 0', async () => {
    await writeFile(join(folder, 'rows.jsonl'), '{"text":"a"}\n');
    const file = await jobFile({ ...JOB, inputs: { rows: './rows.jsonl' } });
    const [id] = await Promise.all([endNextJob('succeeded'), run('run', file, '--json')]);
    expect(terminal.code).toBe(0);
    expect(JSON.parse(terminal.lines.at(-1)!)).toMatchObject({ id, state: 'succeeded' });
    const { inputs } = frozenOf(await readJob(fixture.db, TENANT, id));
    const uploaded = await fetch(`${terminal.client().address}/v1/files/${inputs.rows?.[0]}`);
    expect(await uploaded.json()).toMatchObject({ name: 'rows.jsonl', bytes: 13 });
  });

  it('says why a job failed, with code 1', async () => {
    const file = await jobFile(JOB);
    await Promise.all([endNextJob('failed'), run('run', file)]);
    expect(terminal.code).toBe(1);
    expect(terminal.lines.join('\n')).toMatch(/failed\n.*\n.*\n {2}problem: why/);
  });

  it('stops at a job that waits for a person, and says how to answer', async () => {
    const id = await postJob(fixture);
    const block = {
      code: 'budget-reached',
      message: 'the cap is reached',
      samples: [],
      choices: ['retry', 'accept'],
    };
    await changeState(fixture.db, TENANT, id, { state: 'blocked', block });
    await run('watch', id);
    expect(terminal.code).toBe(1);
    expect(terminal.lines).toContainEqual(expect.stringContaining(`perennial resume ${id} --choice accept`));
  });

  it.each([
    ['a body that is refused', { ...JOB, strategy: 'echo-row' }, /strategy-unknown: .*"echo-rows"/],
    [
      'a local file that is not there',
      { ...JOB, inputs: { rows: './no.jsonl' } },
      /file-not-found: inputs\.rows.*no\.jsonl/,
    ],
  ])('answers %s with one line and code 2', async (_name, body, message) => {
    await run('run', await jobFile(body));
    expect(terminal.code).toBe(2);
    expect(terminal.notes).toEqual([expect.stringMatching(message)]);
  });

  it('names a job file that is missing or no JSON', async () => {
    await run('run', join(folder, 'none.json'));
    expect([terminal.code, terminal.notes.pop()]).toEqual([2, expect.stringContaining('does not exist')]);
    await writeFile(join(folder, 'job.json'), '{');
    await run('run', join(folder, 'job.json'));
    expect([terminal.code, terminal.notes.pop()]).toEqual([2, expect.stringContaining('body-invalid')]);
  });
});

describe('control', () => {
  it('resumes with a choice and a budget', async () => {
    const id = await postJob(fixture);
    const block = { code: 'budget-reached', message: 'm', samples: [], choices: ['retry'] };
    await changeState(fixture.db, TENANT, id, { state: 'blocked', block });
    await run('resume', id, '--choice', 'retry', '--budget-calls', '50', '--budget-usd', '$2.5');
    expect(terminal.lines).toEqual([`${id}: the job goes on.`]);
    expect(fixture.workflows.asked).toContain(`resume ${id} retry`);
    expect(await readBudget(fixture.db, TENANT, id)).toMatchObject({ calls_max: 50, usd_max: 2.5 });
  });

  it('changes speed, priority and budget of an open job', async () => {
    const id = await postJob(fixture);
    await run('patch', id, '--concurrency', '8', '--priority', '1', '--budget-tokens', '5000');
    expect(terminal.lines).toEqual([`${id}: changed; workers act on it within a second.`]);
    expect(await readControl(fixture.db, TENANT, id)).toMatchObject({ concurrency: 8, priority: 1 });
    expect(await readBudget(fixture.db, TENANT, id)).toMatchObject({ tokens_max: 5_000 });
    await run('patch', id);
    expect([terminal.code, terminal.notes.join()]).toEqual([2, expect.stringContaining('at least one of')]);
  });

  it('lists, pauses, cancels and fails', async () => {
    const id = await postJob(fixture);
    await changeState(fixture.db, TENANT, id, { state: 'running' });
    for (const verb of ['pause', 'cancel', 'fail']) await run(verb, id);
    expect(fixture.workflows.asked.slice(1)).toEqual([`pause ${id}`, `cancel ${id}`, `fail ${id}`]);
    await run('jobs', '--state', 'running');
    expect(terminal.lines.at(-1)).toMatch(new RegExp(`^${id} +running +0/0 rows +\\$0.00 +mine/big-1$`));
    expect(terminal.code).toBeUndefined();
  });

  it('exports what is accepted so far', async () => {
    const id = await postJob(fixture);
    await addRows(fixture.db, id);
    const file = join(folder, 'out.jsonl');
    await run('export', id, '--out', file);
    expect(await readFile(file, 'utf8')).toBe('{"text":"one"}\n');
  });

  it('exports Parquet by its name or by --format, and says what to do before there is any', async () => {
    const id = await postJob(fixture);
    const file = join(folder, 'out.parquet');
    await run('export', id, '--out', file);
    expect([...terminal.lines, ...terminal.notes].join('\n')).toContain('format=jsonl work while a job runs');
    const { sha256, bytes } = await fixture.context.artifacts.write(['PAR1']);
    const artifact = { tenant: TENANT, job: id, sha256, bytes, index_sha256: null, items: 1, at: 0 };
    await recordArtifact(fixture.db, { ...artifact, name: 'publish/dataset.parquet' });
    await run('export', id, '--out', file);
    await run('export', id, '--out', `${file}.2`, '--format', 'parquet');
    expect(await readFile(file, 'utf8')).toBe('PAR1');
    expect(await readFile(`${file}.2`, 'utf8')).toBe('PAR1');
  });

  it('shows strategies', async () => {
    await run('strategies');
    expect(terminal.lines.join('\n')).toMatch(/echo-rows: Echo[^]*presets: quick, large/);
    await run('strategies', 'echo-rows');
    expect(JSON.parse(terminal.lines.at(-1)!)).toMatchObject({ name: 'echo-rows' });
  });
});

describe('money', () => {
  it('shows a running bill with what is in doubt, and says unknown where nobody knows', async () => {
    const [priced, unpriced] = [
      await postJob(fixture),
      await postJob(fixture, { models: { generator: 'mine/unpriced' } }),
    ];
    const set = (job: string, row: object) =>
      fixture.db.updateTable('budget').set(row).where('job', '=', job).execute();
    await set(priced, { calls_spent: 5, usd_spent: 1.23, calls_in_doubt: 1, usd_in_doubt: 0.04 });
    await set(unpriced, { calls_spent: 5, calls_unpriced: 5 });
    await run('jobs');
    expect(terminal.lines.join('\n')).toMatch(/\$1\.23 \(\+ \$0\.04 in doubt\) {2}mine\/big-1/);
    expect(terminal.lines.join('\n')).toMatch(/cost unknown {2}mine\/unpriced/);
    await changeState(fixture.db, TENANT, unpriced, { state: 'failed', problem: 'p' });
    terminal.lines.length = 0;
    await run('watch', unpriced);
    expect(terminal.lines).toContainEqual('  cost: unknown: no price configured for mine/unpriced');
    expect(terminal.lines.join('\n')).not.toContain('$0');
  });

  it('estimates a job by stage, with prices, their source and a warning where one is missing', async () => {
    await run('estimate', await jobFile(JOB));
    const text = terminal.lines.join('\n');
    expect(text).toMatch(/stage +model +calls +tokens in +tokens out +cost/);
    expect(text).toMatch(/write +mine\/big-1 +2–4 +20–40 +40–80 +\$0\.0001–\$0\.0002/);
    expect(text).toContain('$1 in, $2 out for a million tokens, from the configuration');
    expect(terminal.code).toBeUndefined();
    terminal.lines.length = 0;
    await run('estimate', await jobFile({ ...JOB, models: { generator: 'mine/unpriced' } }));
    expect(terminal.lines.join('\n')).toMatch(/total .*unknown[^]*note: Cost unknown: no price/);
    await run('estimate', await jobFile(JOB), '--json');
    expect(JSON.parse(terminal.lines.at(-1)!)).toMatchObject({ calls: { low: 2, high: 4 } });
  });

  it('waits for a pilot and shows what it measured; one that failed ends with code 1', async () => {
    await Promise.all([endNextJob('succeeded'), run('estimate', await jobFile(JOB), '--pilot')]);
    expect(terminal.lines[0]).toMatch(/^pilot echo-rows-\w+ succeeded: 0 calls, \$0\.00$/);
    expect(terminal.code).toBeUndefined();
    const file = await jobFile({ ...JOB, seed: 2 });
    await Promise.all([endNextJob('failed', 2), run('estimate', file, '--pilot')]);
    expect(terminal.code).toBe(1);
  });
});

describe('a command line that cannot be right', () => {
  it.each([
    ['an unknown command', ['runn', 'x'], /unknown command 'runn'/],
    ['a missing argument', ['pause'], /missing required argument 'job'/],
    ['a number that is none', ['resume', 'x', '--budget-calls', 'many'], /whole number above 0/],
    ['dollars that are none', ['resume', 'x', '--budget-usd', '-1'], /dollars above 0/],
    ['dollars beyond all bounds', ['patch', 'x', '--budget-usd', 'NaN'], /dollars above 0/],
    ['an unknown option', ['demo', '--kil'], /unknown option '--kil'/],
  ])('%s ends with code 2', async (_name, argv, message) => {
    await run(...argv);
    expect(terminal.code).toBe(2);
    expect(terminal.notes.join('\n')).toMatch(message);
  });

  it('an API that is not there ends with code 1 and says how to start it', async () => {
    const away = fakeTerminal('http://127.0.0.1:9');
    await runProgram(away, ['jobs']);
    expect([away.code, away.notes.join()]).toEqual([1, expect.stringContaining('perennial dev')]);
  });

  it('help is not a fault', async () => {
    await run('--help');
    expect(terminal.code).toBeUndefined();
    expect(terminal.lines.join('\n')).toMatch(/demo[^]*export/);
  });
});
