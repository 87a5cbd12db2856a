/** If these fail, arms pay twice for equal rows, or seed rows are unbalanced, missing, or about contexts that judge them. */
import type {
  GoldRow,
  WriteData,
  WrittenRow,
} from '../../../../../core/strategies/error-extrapolation/records';
import type { ChatCall } from '../../../../../core/calls';
import type { EarlierRow } from '../../../../../core/strategy';
import type { MemoryRun } from '../../../../support/run-strategy';
import type { Options } from './support';
import {
  callsOf,
  PAIR_TASK,
  pairGold,
  prepared,
  QA_TASK,
  qaGold,
  SMALL,
  textGold,
  textOf,
  textParams,
  writeSeed,
} from './support';

function rows(run: MemoryRun, stage: string): EarlierRow<WriteData, WrittenRow>[] {
  return run.stages[stage]!.rows as unknown as EarlierRow<WriteData, WrittenRow>[];
}
function prompts(run: MemoryRun, stage: string): string[] {
  return run.stages[stage]!.calls.map(({ request }) => (request as ChatCall).messages.at(-1)!.content);
}
async function seeded(options: Options, arm = 'main'): Promise<MemoryRun> {
  const run = await prepared(options);
  await writeSeed(run, arm);
  return run;
}
const gold = textGold(200);
/** No students of gold are trained where nobody asks for them. */
const UNJUDGED = { judge: 'off', noiseGuard: 'off' } as const;

/** Gates and rounds of main, as far as other arms ask for them. */
function withMainSize(run: MemoryRun, accepted: number): void {
  run.stages['main/gate-0'] = {
    ...run.stages['main/sift-0']!,
    rows: Array.from({ length: accepted }, () => run.stages['main/sift-0']!.rows[0]!),
  };
}

describe('reasons', () => {
  it('asks ten at a time from a new side, for each label', async () => {
    const run = await prepared({
      params: textParams({ ...UNJUDGED, reasonsPerLabel: 25 }),
      inputs: { gold },
    });
    await run.generate('main/reasons');
    const planned = run.stages['main/reasons']!.rows.map(({ row }) => row);
    expect(planned.map(({ key }) => key)).toEqual(
      ['pos', 'neg'].flatMap((label) => [0, 1, 2].map((batch) => `reasons/${label}/${batch}`)),
    );
    const data = planned.map((row) => row.data as { n: number; angle: string });
    expect(data.slice(0, 3).map(({ n, angle }) => `${n} ${angle}`)).toEqual([
      '10 people',
      '10 quality',
      '5 time',
    ]);
  });

  it.each([
    ['a pair has none', { task: PAIR_TASK }, pairGold(200)],
    ['none are wanted', textParams({ ...UNJUDGED, reasonsPerLabel: 0 }), gold],
  ])('makes no call where %s', async (_, params, rowsOfGold) => {
    const run = await prepared({ params, inputs: { gold: rowsOfGold } });
    expect((await run.generate('main/reasons')).planned).toBe(0);
  });
});

describe('seed', () => {
  it('plans as many rows of each label, built on reasons, cases and the lengths of mine', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    const planned = rows(run, 'main/seed');
    expect(planned.map(({ row }) => row.key).sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => `seed/${i}`).sort(),
    );
    const labels = planned.map(({ row }) => row.data.label);
    expect(labels).toEqual([...Array<string>(20).fill('pos'), ...Array<string>(20).fill('neg')]);
    const known = run.stages['main/reasons']!.rows.flatMap(
      ({ record }) => (record as { reasons: string[] }).reasons,
    );
    for (const { row } of planned) {
      expect(row.data.reasons).toHaveLength(3);
      expect(new Set(row.data.reasons).size).toBe(3);
      for (const reason of row.data.reasons) expect(known).toContain(reason);
      expect(row.data.words).toBe(13);
      expect(row.data.label === 'pos' ? ['a feast', 'a gift'] : ['a loss', 'a storm']).toContain(
        row.data.case,
      );
    }
    expect(prompts(run, 'main/seed')[0]).toMatch(
      /^Write one text that is glad: a (?:feast|gift)\. Build on: because of .*; because of .*; because of .*\. About 13 words\.$/u,
    );
  });

  it('goes on without reasons for a label that got none', async () => {
    const run = await prepared({
      params: textParams(UNJUDGED),
      inputs: { gold },
      answer: () => ({ text: '', finish: 'content-filter' }),
    });
    await run.generate('main/reasons');
    await run.generate('main/seed', 0);
    expect(rows(run, 'main/seed').flatMap(({ row }) => row.data.reasons)).toEqual([]);
  });

  it('records what a row was asked for, and by whom it was written', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    const { record } = rows(run, 'main/seed')[0]!;
    expect(record).toMatchObject({
      label: 'pos',
      origin: 'seed',
      round: 0,
      variant: 'seed',
      model: 'scripted/generator',
    });
    expect(record!.promptHash).toMatch(/^[0-9a-f]{12}$/u);
  });

  it('writes the same rows for one seed, others for another', async () => {
    const texts = async (seed: number) => {
      const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold }, seed });
      return rows(run, 'main/seed').map(({ record }) => record!.text);
    };
    const first = await texts(1);
    expect(await texts(1)).toEqual(first);
    expect((await texts(2)).filter((text) => first.includes(text))).toEqual([]);
  });

  it('gives labels the shares of gold where that is wanted', async () => {
    const uneven = textGold(300).filter(({ label }, i) => label === 'pos' || i % 6 === 1);
    const run = await seeded({
      params: textParams({ ...UNJUDGED, labelPrior: 'gold' }),
      inputs: { gold: uneven },
    });
    const labels = rows(run, 'main/seed').map(({ row }) => row.data.label);
    const mine = run.stages['prepare']!.collections.get('mine') as unknown as GoldRow[];
    const share = mine.filter(({ label }) => label === 'neg').length / mine.length;
    expect(labels).toHaveLength(40);
    expect(Math.abs(labels.filter((label) => label === 'neg').length - 40 * share)).toBeLessThan(1);
  });

  it('replaces what was refused, by label, until enough is there or the waves are over', async () => {
    // Every third text of one label is a refusal, so that the other one needs no more rows.
    let asked = 0;
    const write = (_: ChatCall, __: unknown, label: string) =>
      label === 'neg' && (asked += 1) % 3 === 0 ? 'I cannot assist with that request.' : undefined;
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold }, writer: { write } });
    const plans = run.stages['main/seed']!.plans;
    expect(plans[0]).toBe(40);
    expect(plans[1]).toBeGreaterThanOrEqual(6);
    const later = rows(run, 'main/seed').filter(({ plan }) => plan > 0);
    expect(new Set(later.map(({ row }) => row.data.label))).toEqual(new Set(['neg']));
    expect(later[0]!.row.key).toBe('seed/40');
    const accepted = run.stages['main/sift-0']!.rows.filter(({ state }) => state === 'accepted');
    expect(accepted.length).toBeGreaterThanOrEqual(39);
  });

  it('plans nothing more where everything was accepted', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    expect(run.stages['main/seed']!.plans).toEqual([40, 0]);
  });

  it('asks for no more than four rows a missing one of a label that the model cannot write', async () => {
    const write = (_: ChatCall, __: unknown, label: string) => (label === 'neg' ? '' : undefined);
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold }, writer: { write } });
    expect(run.stages['main/seed']!.plans).toEqual([40, 80, 80]);
  });

  it('shows examples of the label, and only mine', async () => {
    const run = await seeded({ params: textParams({ ...UNJUDGED, examplesPerPrompt: 4 }), inputs: { gold } });
    const mine = run.stages['prepare']!.collections.get('mine') as unknown as GoldRow[];
    for (const { row } of rows(run, 'main/seed')) {
      const shown = row.sources['examples']!.map((ordinal) => mine[ordinal]!);
      expect(new Set(shown.map(({ id }) => id)).size).toBe(4);
      expect(new Set(shown.map(({ label }) => label))).toEqual(new Set([row.data.label]));
    }
    expect(prompts(run, 'main/seed')[0]).toMatch(/^Examples:\n(?:- <<<.*>>>\n){4}\nWrite one text/u);
  });

  it('writes pairs about contexts that are not kept apart, side by side', async () => {
    const run = await seeded({
      params: { task: PAIR_TASK, ...SMALL, ...UNJUDGED },
      inputs: { gold: pairGold(200) },
    });
    const kept = ['select', 'test'].flatMap(
      (name) => run.stages['prepare']!.collections.get(name) as unknown as GoldRow[],
    );
    const contexts = rows(run, 'main/seed').map(({ record }) => record!.context!);
    expect(contexts).toHaveLength(40);
    expect(contexts.filter((context) => kept.some((row) => row.context === context))).toEqual([]);
    const ordinals = rows(run, 'main/seed').map(({ row }) => row.sources['context']![0]!);
    expect(ordinals.slice(0, 20)).toEqual([...ordinals.slice(0, 20)].sort((a, b) => a - b));
  });

  it('asks questions for an answer that stands in its context', async () => {
    const run = await seeded({
      params: { task: QA_TASK, ...SMALL, ...UNJUDGED },
      inputs: { gold: qaGold(200) },
    });
    const written = rows(run, 'main/seed');
    expect(written).toHaveLength(20);
    for (const { record } of written) {
      const { context = '', answers = [] } = record!;
      const [{ text, start }] = answers as [{ text: string; start: number }];
      expect(
        Array.from(context)
          .slice(start, start + text.length)
          .join(''),
      ).toBe(text);
    }
  });
});

describe('seed of an arm', () => {
  it.each(['goldgen-mix', 'goldgen-mix-as-errors'])('%s shares every call with main', async (arm) => {
    // The judge refuses some rows, so that there is more than one plan to share.
    const judge = (text: string) => (text.length % 4 === 0 ? 'pos' : 'neg');
    const run = await seeded({ params: textParams(), inputs: { gold }, writer: { judge } });
    await writeSeed(run, arm);
    for (const step of ['reasons', 'seed', 'sift-0'])
      expect(new Set(callsOf(run, `${arm}/${step}`))).toEqual(new Set(callsOf(run, `main/${step}`)));
    expect(run.stages['main/seed']!.rows.length).toBeGreaterThan(40);
    expect(rows(run, `${arm}/seed`).map(({ record }) => record)).toEqual(
      rows(run, 'main/seed').map(({ record }) => record),
    );
  });

  it('a replicate draws anew', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    await writeSeed(run, 'r2/main');
    const first = new Set(callsOf(run, 'main/seed'));
    expect(callsOf(run, 'r2/main/seed').filter((key) => first.has(key))).toEqual([]);
  });

  it('seed-only goes on where main ended, to the size of main', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    withMainSize(run, 70);
    await writeSeed(run, 'seed-only');
    const keys = rows(run, 'seed-only/seed').map(({ row }) => row.key);
    expect(keys.slice(0, 40)).toEqual(rows(run, 'main/seed').map(({ row }) => row.key));
    expect(keys).toHaveLength(70);
    const mains = callsOf(run, 'main/seed');
    expect(callsOf(run, 'seed-only/seed').slice(0, 40)).toEqual(mains);
    const labels = rows(run, 'seed-only/seed').map(({ row }) => row.data.label);
    expect(labels.filter((label) => label === 'pos')).toHaveLength(35);
  });

  it('few-shot shows five mine rows of the label, and is as large as main', async () => {
    const run = await seeded({ params: textParams(UNJUDGED), inputs: { gold } });
    withMainSize(run, 60);
    await writeSeed(run, 'few-shot');
    const planned = rows(run, 'few-shot/seed');
    expect(planned).toHaveLength(60);
    expect(planned.every(({ row }) => row.sources['examples']!.length === 5)).toBe(true);
  });

  it('faithful writes as the paper does: its prompts, no hint, no filter', async () => {
    const write = () => 'As an AI language model, I cannot.';
    const run = await prepared({ params: textParams(UNJUDGED), inputs: { gold }, writer: { write } });
    await writeSeed(run, 'faithful', 0);
    const [request] = run.stages['faithful/seed']!.calls.map((call) => call.request as ChatCall);
    expect(request!.messages).toHaveLength(1);
    expect(request!.messages[0]!.content).toMatch(
      /^Say whether a text is glad\.\n\nWrite one text that is glad: a (?:feast|gift)\. Build on: /u,
    );
    expect(rows(run, 'faithful/seed').every(({ state }) => state === 'accepted')).toBe(true);
    expect(run.stages['faithful/sift-0']!.calls).toEqual([]);
    expect(run.stages['faithful/sift-0']!.rows.every(({ state }) => state === 'accepted')).toBe(true);
  });

  it.each(['goldgen-pure', 'gold-only'])('%s has none', async (arm) => {
    const run = await prepared({ params: textParams(UNJUDGED), inputs: { gold } });
    await run.generate(`${arm}/reasons`);
    expect((await run.generate(`${arm}/seed`)).planned).toBe(0);
  });
});

it('a text of the tests has one cue, so that its label can be told', () => {
  expect(textOf('neg', { integer: () => 0 })).toContain('sadly');
});
