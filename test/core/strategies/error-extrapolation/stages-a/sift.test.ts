/** If these fail, a dataset holds repeats, test rows or wrong labels, or good rows are thrown away. */
import type {
  SiftedRow,
  Variant,
  WrittenRow,
} from '../../../../../core/strategies/error-extrapolation/records';
import type { GoldRow } from '../../../../../core/strategies/error-extrapolation/records';
import type { MemoryRun } from '../../../../support/run-strategy';
import type { Options } from './support';
import {
  givenRows,
  PAIR_TASK,
  pairGold,
  prepared,
  QA_TASK,
  qaGold,
  reasonsOf,
  textGold,
  textParams,
} from './support';

const gold = textGold(400);

function row(text: string, label: string, more: Partial<WrittenRow> = {}): WrittenRow {
  const fixed = {
    origin: 'extrapolated',
    round: 1,
    variant: 'near' as Variant,
    reasons: [],
    promptHash: 'h',
    model: 'm',
  };
  return { text, label, ...fixed, ...more } as WrittenRow;
}
function asRows(written: readonly WrittenRow[], first = 0) {
  return written.map((record, i) => ({
    key: `x${record.round}/${first + i}`,
    data: { variant: record.variant, label: record.label, reasons: [] },
    record,
  }));
}

/** Sifts rows of round 1 as if they had been written. */
async function sifted(written: readonly WrittenRow[], options: Partial<Options> = {}): Promise<MemoryRun> {
  const extra = { 'main/extrapolate-1': givenRows(asRows(written)) };
  const run = await prepared({ params: textParams(), inputs: { gold }, ...options, extra });
  await run.generate('main/extrapolate-1');
  await run.generate('main/sift-1');
  return run;
}
function records(run: MemoryRun, stage = 'main/sift-1'): SiftedRow[] {
  return run.stages[stage]!.rows.flatMap(({ record }) =>
    record === undefined ? [] : [record as unknown as SiftedRow],
  );
}

const GLAD = 'amber basin cedar delta ember fable grove haven inlet jetty knoll ledge gladly marsh';
const CHANGED = 'amber basin cedar delta ember fable grove haven inlet jetty knoll ledge gladly quarry';
const OTHER = 'zephyr yonder willow vapor upland thorn slope ridge plume orbit splendid north';

describe('sift', () => {
  it('keeps a row with its key, its calls and the verdict', async () => {
    const run = await sifted([row(GLAD, 'pos', { parentId: 'g4' })]);
    expect(records(run)).toEqual([
      {
        ...row(GLAD, 'pos', { parentId: 'g4' }),
        id: 'x1/0',
        callKeys: [],
        judge: { kind: 'llm', votes: { pos: 2 } },
      },
    ]);
  });

  it('drops a text that differs in case and blanks only, without a call', async () => {
    const run = await sifted([row(GLAD, 'pos'), row(`  ${GLAD.toUpperCase()} `, 'neg')]);
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ accepted: 1, 'duplicate-exact': 1 });
    expect(run.stages['main/sift-1']!.calls).toHaveLength(2);
  });

  it('drops a near-duplicate of the same label, not of another one', async () => {
    const judge = (text: string) => (text === CHANGED ? 'neg' : 'pos');
    const same = await sifted([row(GLAD, 'pos'), row(CHANGED, 'pos')]);
    expect(reasonsOf(same, 'main/sift-1')).toEqual({ accepted: 1, 'duplicate-near': 1 });
    const other = await sifted([row(GLAD, 'pos'), row(CHANGED, 'neg')], { writer: { judge } });
    expect(reasonsOf(other, 'main/sift-1')).toEqual({ accepted: 2 });
  });

  it('knows the rows of earlier rounds and plans', async () => {
    const extra = {
      'main/extrapolate-1': givenRows(asRows([row(GLAD, 'pos')])),
      'main/extrapolate-2': givenRows(
        asRows([row(GLAD, 'pos', { round: 2 }), row(CHANGED, 'pos', { round: 2 })], 5),
      ),
    };
    const run = await prepared({ params: textParams(), inputs: { gold }, extra });
    for (const round of [1, 2]) {
      await run.generate(`main/extrapolate-${round}`);
      await run.generate(`main/sift-${round}`);
    }
    expect(reasonsOf(run, 'main/sift-2')).toEqual({ 'duplicate-exact': 1, 'duplicate-near': 1 });
  });

  it('drops what repeats select or test, all of it or thirteen words in a row', async () => {
    const run = await prepared({ params: textParams(), inputs: { gold } });
    const kept = [
      ...run.stages['prepare']!.collections.get('select')!,
      ...run.stages['prepare']!.collections.get('test')!,
    ];
    const [first, second] = kept as unknown as [GoldRow, GoldRow];
    const leaks = [
      row(`${first.text} upland yonder`, first.label!),
      row(`  ${second.text!.toUpperCase()}.`, second.label!),
    ];
    const sift = await sifted([...leaks, row(OTHER, 'pos')]);
    expect(reasonsOf(sift, 'main/sift-1')).toEqual({ 'eval-overlap': 2, accepted: 1 });
    const mine = run.stages['prepare']!.collections.get('mine')![0] as unknown as GoldRow;
    expect(reasonsOf(await sifted([row(mine.text!, mine.label!)]), 'main/sift-1')).toEqual({ accepted: 1 });
  });

  it('lets short questions and targets recur in other contexts', async () => {
    const pairs = pairGold(200);
    const target = { target: 'Yes, gladly.', label: 'pos', variant: 'near', round: 1 } as const;
    const about = (context: string) =>
      ({ ...row('', 'pos'), text: undefined, ...target, context }) as unknown as WrittenRow;
    const written = [about('One place.'), about('Another place.'), about('One  PLACE.')];
    const run = await sifted(written, { params: { task: PAIR_TASK }, inputs: { gold: pairs } });
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ accepted: 2, 'duplicate-exact': 1 });
    const kept = (run.stages['prepare']!.collections.get('select') as unknown as GoldRow[]).find(
      ({ label }) => label === 'pos',
    )!;
    const leak = { ...about(kept.context!), target: kept.target! };
    const elsewhere = { ...leak, context: 'A place of its own.' };
    const again = await sifted([leak, elsewhere], { params: { task: PAIR_TASK }, inputs: { gold: pairs } });
    expect(reasonsOf(again, 'main/sift-1')).toEqual({ 'eval-overlap': 1, accepted: 1 });
  });

  it('drops a row that the judge gives another label', async () => {
    const run = await sifted([row(GLAD, 'neg')]);
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ 'label-disagrees': 1 });
  });

  it('gives a text on the boundary the label that the judge sees', async () => {
    const run = await sifted([row(GLAD, 'neg', { variant: 'boundary' })]);
    expect(records(run)).toMatchObject([{ label: 'pos', judge: { votes: { pos: 2 } } }]);
  });

  it('keeps a question where the judge finds its answer', async () => {
    const [{ context, answers }] = qaGold(1) as [ReturnType<typeof qaGold>[number]];
    const question = {
      ...row('', ''),
      text: undefined,
      label: undefined,
      context,
      question: 'In which year?',
    };
    const good = { ...question, answers } as unknown as WrittenRow;
    const bad = {
      ...question,
      question: 'By whom?',
      answers: [{ text: 'masons', start: 0 }],
    } as unknown as WrittenRow;
    const run = await sifted([good, bad], { params: { task: QA_TASK }, inputs: { gold: qaGold(200) } });
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ accepted: 1, 'label-disagrees': 1 });
    expect(records(run)[0]).not.toHaveProperty('label');
  });

  it('asks students of gold instead of a model where that is wanted', async () => {
    const params = textParams({ judge: 'gold-student' });
    const written = [row(GLAD, 'pos'), row(OTHER.replace('splendid', 'dreadful bleak gloom sadly'), 'pos')];
    const run = await sifted(
      [
        ...written,
        row(CHANGED.replace('amber', 'zephyr upland thorn slope'), 'neg', { variant: 'boundary' }),
      ],
      { params },
    );
    expect(run.stages['main/sift-1']!.calls).toEqual([]);
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ accepted: 2, 'label-disagrees': 1 });
    const [plain, boundary] = records(run);
    expect(plain!.judge!.kind).toBe('gold-student');
    expect(plain!.judge!.probability).toBeGreaterThan(0.5);
    expect(boundary!.label).toBe('pos');
  });

  it('keeps everything where filters and judge are off', async () => {
    const params = textParams({ filters: 'off', judge: 'off' });
    const run = await sifted([row(GLAD, 'pos'), row(GLAD, 'neg'), row(gold[3]!.text, 'pos')], { params });
    expect(reasonsOf(run, 'main/sift-1')).toEqual({ accepted: 3 });
    expect(run.stages['main/sift-1']!.calls).toEqual([]);
  });
});
