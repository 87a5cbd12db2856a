import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TENANT } from '../../../api/context';
import { runProgram } from '../../../api/cli/program';
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
async function endNextJob(state: 'succeeded' | 'failed'): Promise<string> {
  for (;;) {
    const [job] = await listJobs(fixture.db, TENANT, { limit: 1 });
    if (job?.started === 1) {
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
    await run('resume', id, '--choice', 'retry', '--calls', '50');
    expect(terminal.lines).toEqual([`${id}: the job goes on.`]);
    expect(fixture.workflows.asked).toContain(`resume ${id} retry`);
  });

  it('lists, pauses, cancels and fails', async () => {
    const id = await postJob(fixture);
    await changeState(fixture.db, TENANT, id, { state: 'running' });
    for (const verb of ['pause', 'cancel', 'fail']) await run(verb, id);
    expect(fixture.workflows.asked.slice(1)).toEqual([`pause ${id}`, `cancel ${id}`, `fail ${id}`]);
    await run('jobs', '--state', 'running');
    expect(terminal.lines.at(-1)).toMatch(new RegExp(`^${id} +running +0/0 rows +mine/big-1$`));
    expect(terminal.code).toBeUndefined();
  });

  it('exports what is accepted so far', async () => {
    const id = await postJob(fixture);
    await addRows(fixture.db, id);
    const file = join(folder, 'out.jsonl');
    await run('export', id, '--out', file);
    expect(await readFile(file, 'utf8')).toBe('{"text":"one"}\n');
  });

  it('shows strategies', async () => {
    await run('strategies');
    expect(terminal.lines.join('\n')).toMatch(/echo-rows: Echo[^]*presets: quick, large/);
    await run('strategies', 'echo-rows');
    expect(JSON.parse(terminal.lines.at(-1)!)).toMatchObject({ name: 'echo-rows' });
  });
});

describe('a command line that cannot be right', () => {
  it.each([
    ['an unknown command', ['runn', 'x'], /unknown command 'runn'/],
    ['a missing argument', ['pause'], /missing required argument 'job'/],
    ['a number that is none', ['resume', 'x', '--calls', 'many'], /whole number above 0/],
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
