/** If these fail, another program beside ours is measured wrongly, or not at all. */
import { execFileSync } from 'node:child_process';

const CALLS = 60;

interface ClientRun {
  readonly rowsPerSecond: number;
  readonly requests: number;
  readonly limited: number;
  readonly missing: number;
  readonly paidTwice: number;
  readonly ended: string;
}

/** A client's run against a mock endpoint of its own, as a suite has it. */
function runClient(command: string, faults: object = {}): ClientRun {
  const script = `
    import { parseClient, runClient } from './support/clients.mjs';
    import { startMock } from './support/mock.mjs';
    const [command, work] = JSON.parse(process.argv[1]);
    const mock = await startMock(5);
    const { timeline: _timeline, ...run } = await runClient(mock, parseClient('it=' + command), work);
    mock.stop();
    process.stdout.write(JSON.stringify(run));
  `;
  const work = { calls: CALLS, inFlight: 8, run: 'test', faults, deadlineMs: 30_000 };
  const argv = ['--input-type=module', '--eval', script, JSON.stringify([command, work])];
  return JSON.parse(execFileSync(process.execPath, argv, { cwd: __dirname, encoding: 'utf8' })) as ClientRun;
}

const NAIVE =
  'node test/bench/clients/naive.mjs --base-url {baseUrl} --input {input} --output {output} --concurrency {concurrency}';

test('the script that most people write makes every row once', () => {
  const run = runClient(NAIVE);
  expect(run).toMatchObject({ requests: CALLS, limited: 0, missing: 0, paidTwice: 0, ended: 'in order' });
  expect(run.rowsPerSecond).toBeGreaterThan(0);
});

test('what it was refused is counted, and what it gave up is missing', () => {
  const run = runClient(`${NAIVE} --retries 0`, { list: ['429', '429', 'ok', '500'] });
  expect(run).toMatchObject({ requests: CALLS, limited: 2, missing: 3, paidTwice: 0, ended: 'in order' });
});

test('a client that breaks is measured by what it wrote, and says how it ended', () => {
  const twice = `line='{"id":1}'; echo $line > {output}; echo $line >> {output}; echo '{"id":' >> {output}; echo why >&2; exit 3`;
  expect(runClient(twice)).toMatchObject({ requests: 0, missing: CALLS - 1, ended: 'exit code 3: why' });
});

test('it finds its work in the environment as well', () => {
  const copy =
    'test -n "$BENCH_CONCURRENCY" && test "$OPENAI_BASE_URL" = "$BENCH_BASE_URL" && cp "$BENCH_INPUT" "$BENCH_OUTPUT"';
  expect(runClient(copy)).toMatchObject({ missing: 0, ended: 'in order' });
});
