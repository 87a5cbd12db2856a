/** If these fail, a person cannot see what went wrong with rows, or does something else about it than they typed. */
import { TENANT } from '../../../api/context';
import { runProgram } from '../../../api/cli/program';
import { packJson } from '../../../infra/database/compressed';
import { changeState, frozenOf, readJob } from '../../../infra/database/jobs';
import { addRows, type Fixture, openFixture, postJob } from '../fixture';
import { fakeTerminal, type FakeTerminal } from './fake-terminal';

let fixture: Fixture;
let terminal: FakeTerminal;
let id: string;
beforeEach(async () => {
  fixture = await openFixture();
  terminal = fakeTerminal(await fixture.app.listen({ host: '127.0.0.1', port: 0 }));
  id = await postJob(fixture);
  await addRows(fixture.db, id);
});
afterEach(() => fixture.close());

const run = (...argv: string[]) => runProgram(terminal, argv);

describe('rows', () => {
  it('shows what failed and was rejected, and what the model said', async () => {
    const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
    const response = packJson({ text: 'No,\nnever.', finish: 'stop', refused: false, usage });
    const call = { tenant: TENANT, key: 'k', job: id, provider: 'p', model: 'm', lease: null };
    const numbers = { reserved_tokens: 0, reserved_usd: 0, input_tokens: 1, cached_input_tokens: 0 };
    const more = { output_tokens: 1, cost_usd: 0, latency_ms: 1, request_id: null, at: 0 };
    await fixture.db
      .insertInto('call')
      .values({ ...call, ...numbers, ...more, state: 'answered', response })
      .execute();
    await fixture.db.updateTable('outcome').set({ call_keys: 'k' }).where('row_key', '=', 'row-1').execute();
    await run('rows', id, '--answers');
    expect(terminal.lines).toEqual([
      'write  row-2  failed  timeout',
      'write  row-1  rejected  length: too short',
      '    stop: No, never.',
    ]);
  });

  it('filters, limits and speaks JSON', async () => {
    await run('rows', id, '--outcome', 'accepted,failed', '--json');
    expect(terminal.lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { key: 'row-0', record: { text: 'one' } },
      { key: 'row-2', reason: 'timeout' },
    ]);
    terminal.lines.length = 0;
    await run('rows', id, '--reason', 'length', '--stage', 'write');
    expect(terminal.lines).toHaveLength(1);
    await run('rows', id, '--stage', 'none');
    expect(terminal.notes.at(-1)).toBe('no row fits.');
    await fixture.db.updateTable('outcome').set({ state: 'failed' }).execute();
    await run('rows', id, '--limit', '2');
    expect(terminal.notes.at(-1)).toBe('there are more failed rows than --limit 2.');
    await run('rows', id, '--outcome', 'lost');
    expect([terminal.code, terminal.notes.at(-1)]).toEqual([2, expect.stringContaining('got "lost"')]);
  });
});

describe('retry', () => {
  it('opens rows again and says what happens next', async () => {
    await changeState(fixture.db, TENANT, id, { state: 'cancelled' });
    await run('retry', id);
    expect(terminal.lines.at(-1)).toMatch(/1 row is open again; POST .*resume/);
    await run(
      'retry',
      id,
      '--outcome',
      'rejected',
      '--reason',
      'length',
      '--stage',
      'write',
      '--rows',
      'row-1',
    );
    expect(terminal.lines.at(-1)).toContain('1 row is open again');
    await run('retry', id, '--outcome', 'accepted');
    expect(terminal.code).toBe(2);
  });
});

describe('fork', () => {
  it('starts a changed copy', async () => {
    await run(
      ...['fork', id, '--params', '{"samples":3}', '--model', 'generator=mine/big-1', '--seed', '0'],
      ...[
        '--budget-usd',
        '2.5',
        '--budget-calls',
        '500',
        '--concurrency',
        '3',
        '--tag',
        'try=2',
        '--preset',
        'large',
      ],
      '--json',
    );
    const job = JSON.parse(terminal.lines.at(-1)!) as { id: string };
    expect(job).toMatchObject({ forkedFrom: id, control: { concurrency: 3 } });
    expect(frozenOf(await readJob(fixture.db, TENANT, job.id))).toMatchObject({
      params: { samples: 3, style: 'fancy' },
      models: { generator: 'mine/big-1' },
      seed: 0,
      budget: { usd: 2.5, calls: 500 },
      tags: { try: '2' },
    });
  });

  it.each([
    [['--params', '[1]'], /JSON object/],
    [['--model', 'mine/big-1'], /name=value/],
    [['--budget-usd', 'much'], /dollars above 0/],
    [['--seed', '-1'], /whole number/],
    [['--params', '{"sampels":3}'], /Did you mean "samples"/],
  ])('refuses %j with code 2', async (options, message) => {
    await run('fork', id, ...options);
    expect([terminal.code, terminal.notes.join('\n')]).toEqual([2, expect.stringMatching(message)]);
  });
});
