/** If these fail, a job spends its money on a model, a judge or prompts that cannot do the task. */
import type { ChatCall } from '../../../../../core/calls';
import type { MemoryRun } from '../../../../support/run-strategy';
import type { Options } from './support';
import {
  callsOf,
  labelOfText,
  PAIR_TASK,
  pairGold,
  prepared,
  QA_TASK,
  qaGold,
  SMALL,
  textGold,
  textParams,
  writeSeed,
} from './support';

const gold = textGold(500);

async function preflighted(options: Partial<Options> = {}): Promise<MemoryRun> {
  const run = await prepared({ params: textParams(), inputs: { gold }, ...options });
  await run.generate('main/reasons');
  await run.generate('preflight');
  return run;
}
function keys(run: MemoryRun, beginning: string): string[] {
  return run.stages['preflight']!.rows.map(({ row }) => row.key).filter((key) => key.startsWith(beginning));
}
const factsOf = (run: MemoryRun) => run.stages['preflight']!.facts;

describe('preflight', () => {
  it('asks about 200 mine rows, and writes ten rows of each prompt and label', async () => {
    const run = await preflighted();
    expect(keys(run, 'zero/')).toHaveLength(200);
    const mine = run.stages['prepare']!.collections.get('mine') as { id: string }[];
    const ids = new Set(mine.map(({ id }) => id));
    expect(keys(run, 'zero/').filter((key) => !ids.has(key.slice('zero/'.length)))).toEqual([]);
    for (const prompt of ['seed', 'near', 'shift'])
      for (const label of ['pos', 'neg'])
        expect(keys(run, `try/${prompt}/${label}/`)).toEqual(
          Array.from({ length: 10 }, (_, i) => `try/${prompt}/${label}/${i}`),
        );
    expect(run.stages['preflight']!.rows).toHaveLength(260);
    expect(factsOf(run)).toMatchObject({ judge: 'llm', zeroShot: 1, parsed: 1, agreed: 1, warnings: [] });
    expect(run.stages['preflight']!.collections.get('prompts')).toHaveLength(6);
  });

  it('pays nothing that the first seed rows and their judge do not need anyway', async () => {
    const run = await preflighted();
    await writeSeed(run);
    const later = new Set([...callsOf(run, 'main/seed'), ...callsOf(run, 'main/sift-0')]);
    const calls = run.stages['preflight']!.calls;
    const shared = callsOf(run, 'preflight').filter((key) => later.has(key));
    // 20 seed previews with two votes each; 200 zero-shot and 40 imitations stay.
    expect(calls).toHaveLength(200 + 20 * 3 + 40);
    expect(shared).toHaveLength(60);
  });

  it('stops where answers cannot be read, and goes on when a person accepts that', async () => {
    const writer = { write: () => 'I cannot assist with that request.' };
    const asked = await preflighted({ writer });
    expect(asked.stages['preflight']!.block).toMatchObject({ code: 'preflight', choices: ['accept'] });
    expect(asked.stages['preflight']!.block!.message).toMatch(
      /^0 % of the previews could be read; 95 % are needed\./u,
    );
    expect(asked.stages['preflight']!.block!.samples).toContain('try/seed/pos/0: refusal');
    const run = await preflighted({ writer, choices: { preflight: 'accept' } });
    expect(factsOf(run)).toMatchObject({ parsed: 0, judge: 'llm' });
  });

  it('stops where the judge does not see the labels that were asked for', async () => {
    // Right about gold, wrong about what the model writes of one label.
    const known = new Set(gold.map(({ text }) => text));
    const judge = (text: string) => (known.has(text) ? labelOfText(text) : 'pos');
    const run = await preflighted({ writer: { judge } });
    expect(run.stages['preflight']!.block!.message).toContain(
      'The judge agrees with 50 % of the seed previews',
    );
  });

  it('only warns where the job says so', async () => {
    const params = textParams({ preflight: 'warn' });
    const run = await preflighted({ params, writer: { write: () => '' } });
    expect(run.stages['preflight']!.block).toBeUndefined();
    expect(factsOf(run)['warnings']).toEqual([expect.stringContaining('0 % of the previews')]);
  });

  it('lets students of gold judge where they know more than the model', async () => {
    const run = await preflighted({ writer: { judge: () => 'pos' } });
    expect(run.stages['preflight']!.block).toBeUndefined();
    expect(factsOf(run)).toMatchObject({ judge: 'gold-student', zeroShot: expect.closeTo(0.5, 1) as number });
    expect(factsOf(run)['crossFit']).toBeGreaterThan(0.9);
    await writeSeed(run);
    expect(run.stages['main/sift-0']!.calls).toEqual([]);
    const [row] = run.stages['main/sift-0']!.rows;
    expect(row!.record).toMatchObject({ judge: { kind: 'gold-student' } });
  });

  it('tries every variant, with a difficulty of its own for patterns', async () => {
    const variants = { near: 1, contrast: 1, pattern: 1, boundary: 1 };
    const run = await preflighted({ params: textParams({ variants, errorSelection: 'clustered' }) });
    for (const variant of Object.keys(variants)) expect(keys(run, `try/${variant}/`)).toHaveLength(20);
    const asked = run.stages['preflight']!.calls.map(
      ({ request }) => (request as ChatCall).messages.at(-1)!.content,
    );
    expect(asked.some((user) => user.includes('has this difficulty: at first sight'))).toBe(true);
    expect(asked.some((user) => user.includes('as little as possible so that it becomes sad'))).toBe(true);
  });

  it.each([
    ['pairs', PAIR_TASK, pairGold(400), 260],
    ['questions', QA_TASK, qaGold(400), 230],
  ])('takes %s', async (_, task, inputs, rows) => {
    const run = await preflighted({ params: { task, ...SMALL }, inputs: { gold: inputs } });
    expect(run.stages['preflight']!.rows).toHaveLength(rows);
    expect(factsOf(run)).toMatchObject({ judge: 'llm', zeroShot: 1, parsed: 1, agreed: 1 });
  });
});
